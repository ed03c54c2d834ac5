import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Badge } from "../../ui/badge.tsx";
import { TextField } from "../../ui/field.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Loaded } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { bomQuery } from "./distribution-queries.ts";
import type { Distribution } from "./distribution-queries.ts";
import { packagesOf } from "./read-bom.ts";

/** More are found by typing. */
const MAX_SHOWN = 100;

export function SbomPanel({
  name,
  release,
  sbom,
}: {
  readonly name: string;
  readonly release: string;
  readonly sbom: NonNullable<Distribution["sbom"]>;
}) {
  const [wanted, setWanted] = useState("");
  const query = useQuery(bomQuery(name, release));
  return (
    <Panel
      title="Packages"
      flush
      actions={
        <>
          <Badge tone={sbom.signed ? "good" : "warn"}>{sbom.signed ? "signed" : "not signed"}</Badge>
          <div className="w-44 max-w-full">
            <TextField
              label="Find a package"
              hiddenLabel
              placeholder="Find a package"
              type="search"
              value={wanted}
              onChange={(event) => setWanted(event.currentTarget.value)}
            />
          </div>
        </>
      }
    >
      <Loaded query={query} what="the bill of materials">
        {(bom) => {
          const found = packagesOf(bom, wanted);
          return (
            <>
              <p role="status" className="px-4 py-2 text-xs text-muted">
                {found.length} of {sbom.packages}
                {found.length > MAX_SHOWN ? `, the first ${MAX_SHOWN} are shown` : ""}
              </p>
              {found.length === 0 ? undefined : (
                <div className="max-h-80 overflow-y-auto">
                  <Table
                    caption="Packages in the release"
                    rows={found.slice(0, MAX_SHOWN)}
                    keyOf={({ purl, name: package_, version }) => `${purl} ${package_} ${version}`}
                    columns={[
                      { head: "Package", cell: (each) => <span className="break-all">{each.name}</span> },
                      { head: "Version", cell: (each) => <code className="font-mono text-xs">{each.version}</code> },
                      { head: "Licence", cell: (each) => each.licence },
                    ]}
                  />
                </div>
              )}
            </>
          );
        }}
      </Loaded>
    </Panel>
  );
}
