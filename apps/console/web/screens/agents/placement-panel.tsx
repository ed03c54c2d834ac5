import { useQuery } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { driftQuery, placementQuery } from "../../api/targets.ts";
import type { Placement, TargetChange } from "../../api/targets.ts";
import { Badge } from "../../ui/badge.tsx";
import { Facts } from "../../ui/facts.tsx";
import { LinkButton } from "../../ui/link-button.tsx";
import { Panel } from "../../ui/panel.tsx";
import { StateBadge } from "../../ui/state-badge.tsx";
import { Loaded } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";

/** Where an agent runs beyond this platform, as its target says now. */
export function PlacementPanel({ name, target }: { readonly name: string; readonly target: string }) {
  const query = useQuery(placementQuery(name));
  const drift = useQuery(driftQuery(target, name));
  const changed = drift.data ?? [];
  return (
    <Panel
      title={`Runs on ${target}`}
      actions={
        <>
          {changed.length === 0 ? undefined : (
            <Badge tone="warn" title="The target is not as it was deployed.">
              <TriangleAlert size={12} aria-hidden />
              drifted
            </Badge>
          )}
          {query.data === undefined ? undefined : <StateBadge state={query.data.status.state} />}
          <LinkButton small to="/agents/$name" params={{ name }} search={{ tab: "health" }}>
            Its lines
          </LinkButton>
        </>
      }
    >
      <Loaded query={query} what="what its target says">
        {(placement) => (
          <div className="flex flex-col gap-4">
            <Facts facts={factsOf(placement)} />
            {changed.length === 0 ? undefined : <Drift changed={changed} target={target} name={name} />}
            {placement.status.conditions.length === 0 ? undefined : (
              <Conditions conditions={placement.status.conditions} />
            )}
          </div>
        )}
      </Loaded>
    </Panel>
  );
}

function factsOf({ release, url, placedAt, status: { reason, instances, traffic } }: Placement) {
  return [
    { name: "Address", value: url === null ? undefined : <code className="font-mono text-xs break-all">{url}</code> },
    { name: "Release", value: <code className="font-mono text-xs break-all">{release}</code> },
    { name: "Placed", value: <Time at={placedAt} /> },
    { name: "Why", value: reason },
    {
      name: "Copies",
      value: instances === undefined ? undefined : `${instances.ready} of ${instances.wanted} ready`,
    },
    {
      name: "Traffic there",
      value:
        traffic === undefined || traffic.length === 0
          ? undefined
          : traffic.map(({ revision, percent }) => `${revision} ${percent} %`).join(", "),
    },
  ];
}

function Drift({
  changed,
  target,
  name,
}: {
  readonly changed: readonly TargetChange[];
  readonly target: string;
  readonly name: string;
}) {
  return (
    <div className="rounded-md bg-warn-soft p-3">
      <p className="font-medium text-warn">Somebody has changed it there since it was deployed.</p>
      <ul className="mt-1 list-disc pl-5 font-mono text-xs break-all">
        {changed.map(({ resource, change, differences }) => (
          <li key={resource}>
            {resource}: {change === "create" ? "is gone" : differences.map(({ path }) => path).join(", ")}
          </li>
        ))}
      </ul>
      <p className="mt-1 text-xs">
        <code className="font-mono">
          npx a2a targets plan {target} {name}
        </code>{" "}
        shows all of it.
      </p>
    </div>
  );
}

function Conditions({ conditions }: { readonly conditions: Placement["status"]["conditions"] }) {
  return (
    <Table
      caption="Conditions, as the target says them"
      rows={conditions}
      keyOf={({ type }) => type}
      columns={[
        { head: "Condition", cell: ({ type }) => type },
        { head: "Status", cell: ({ status }) => status },
        { head: "Message", wide: true, cell: ({ message }) => <span className="break-words">{message}</span> },
      ]}
    />
  );
}
