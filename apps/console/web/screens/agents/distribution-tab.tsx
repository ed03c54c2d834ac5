import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { SelectField } from "../../ui/field.tsx";
import { Panel } from "../../ui/panel.tsx";
import { useSearchState } from "../../ui/search-state.ts";
import { Empty, Loaded } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { path } from "../../api/client.ts";
import { releasesQuery } from "./agent-queries.ts";
import type { AgentDetail } from "./agent-queries.ts";
import { CardChanges } from "./card-changes.tsx";
import { ConformancePanel } from "./conformance-panel.tsx";
import { distributionQuery } from "./distribution-queries.ts";
import type { Distribution } from "./distribution-queries.ts";
import { ImagePanel, ProvenancePanel } from "./image-panel.tsx";
import { SbomPanel } from "./sbom-panel.tsx";
import { shortRelease } from "./short-release.ts";

/** Of one release: what it consists of, where it comes from, what it changed, and who goes by it. */
export function DistributionTab({ agent }: { readonly agent: AgentDetail }) {
  const { name } = agent;
  const [search, setSearch] = useSearchState();
  const releases = useQuery(releasesQuery(name));
  const known = releases.data?.releases ?? [];
  const shown = known.find(({ release }) => release === search["of"])?.release ?? agent.release;
  const query = useQuery(distributionQuery(name, shown));
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-end gap-4">
        <div className="w-64 max-w-full">
          <SelectField label="Release" value={shown} onChange={(event) => setSearch({ of: event.currentTarget.value })}>
            {known.map(({ release, version, active }) => (
              <option key={release} value={release}>
                v{version} {shortRelease(release)}
                {active ? " (active)" : ""}
              </option>
            ))}
          </SelectField>
        </div>
        <a href={path`/v1/agents/${name}/releases/${shown}/distribution/docs`} target="_blank" rel="noreferrer">
          Page for callers
        </a>
      </div>
      <Loaded query={query} what="its distribution">
        {(found) => (
          <div className="grid items-start gap-4 xl:grid-cols-2">
            <div className="flex min-w-0 flex-col gap-4">
              <Made name={name} found={found} />
              <ChangesPanel {...found.changes} />
            </div>
            <div className="flex min-w-0 flex-col gap-4">
              {found.provenance === null ? undefined : <ProvenancePanel provenance={found.provenance} />}
              <Dependents {...found.dependents} />
              <ConformancePanel name={name} isLive={shown === agent.release} conformance={found.conformance} />
            </div>
          </div>
        )}
      </Loaded>
    </div>
  );
}

function Made({ name, found }: { readonly name: string; readonly found: Distribution }) {
  const { image, sbom, release } = found;
  if (image === null) {
    return (
      <Panel>
        <Empty title="It has no image" command={`npx a2a deploy --name ${name}`}>
          Agents that run elsewhere have none, nor have releases from before there were images.
        </Empty>
      </Panel>
    );
  }
  return (
    <>
      <ImagePanel image={image} />
      {sbom === null ? undefined : <SbomPanel name={name} release={release} sbom={sbom} />}
    </>
  );
}

function ChangesPanel({ since, list, hint }: Distribution["changes"]) {
  return (
    <Panel title="What it changed for callers">
      {since === null ? <p className="text-muted">It is the first release.</p> : <CardChanges changes={list} />}
      {hint === undefined ? undefined : <p className="mt-3 text-xs text-muted">By semantic versioning, {hint}.</p>}
    </Panel>
  );
}

function Dependents({ agents, callers }: Distribution["dependents"]) {
  return (
    <Panel title="Who goes by it" flush>
      <p className="px-4 py-2 text-xs text-muted">
        {callers === 1 ? "1 caller" : `${callers} callers`} lately; {agents.length} of the agents here.
      </p>
      {agents.length === 0 ? undefined : (
        <Table
          caption="Agents that go by it"
          rows={agents}
          keyOf={(each) => each.name}
          columns={[
            {
              head: "Agent",
              cell: (each) => (
                <Link to="/agents/$name" params={{ name: each.name }}>
                  {each.name}
                </Link>
              ),
            },
            { head: "Calls", align: "right", cell: ({ calls }) => calls },
            { head: "Last", cell: ({ lastAt }) => (lastAt === undefined ? "never" : <Time at={lastAt} />) },
            { head: "Upstreams", wide: true, cell: ({ upstreams }) => upstreams.join(", ") },
          ]}
        />
      )}
    </Panel>
  );
}
