import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Facts } from "../../ui/facts.tsx";
import { Panel } from "../../ui/panel.tsx";
import { StateBadge } from "../../ui/state-badge.tsx";
import { Empty, Loaded } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { wakesQuery } from "./agent-queries.ts";
import type { AgentDetail, Wake } from "./agent-queries.ts";
import { FaultPanel } from "./fault-panel.tsx";
import { PlacementLogs } from "./placement-logs.tsx";

export function HealthTab({ agent }: { readonly agent: AgentDetail }) {
  const query = useQuery(wakesQuery(agent.name));
  const { health } = agent;
  return (
    <div className="flex flex-col gap-4">
      {health?.reason === undefined ? undefined : <FaultPanel agent={agent} />}
      <Panel title="Health">
        {health === undefined ? (
          <p className="text-muted">It does not run here, so there is no instance to look after.</p>
        ) : (
          <Facts
            facts={[
              { name: "State", value: <StateBadge state={health.state} /> },
              {
                name: "Ended badly",
                value: `${health.restarts === 1 ? "once" : `${health.restarts} times`} since the platform started`,
              },
              { name: "Last fault", value: health.reason === undefined ? "none" : health.reason.replaceAll("_", " ") },
            ]}
          />
        )}
      </Panel>
      {agent.target === undefined ? undefined : <PlacementLogs name={agent.name} target={agent.target} />}
      <Panel title="Wakes" flush>
        <Loaded query={query} what="its wakes">
          {({ wakes }) =>
            wakes.length === 0 ? (
              <Empty
                title="Nobody has woken it since the platform started"
                command={`npx a2a agents wakes ${agent.name}`}
              >
                A call starts an instance when none is up; each start is told here with who caused it.
              </Empty>
            ) : (
              <Wakes wakes={wakes} />
            )
          }
        </Loaded>
      </Panel>
    </div>
  );
}

function Wakes({ wakes }: { readonly wakes: readonly Wake[] }) {
  return (
    <Table
      caption="Starts of its instances, newest first"
      rows={wakes}
      keyOf={({ instanceId, at }) => `${instanceId} ${at}`}
      columns={[
        { head: "When", cell: ({ at }) => <Time at={at} /> },
        { head: "Why", cell: ({ reason }) => reason.replaceAll("_", " ") },
        {
          head: "By",
          cell: ({ by, taskId }) =>
            taskId === undefined ? (
              <span className="text-muted">{by ?? "the platform"}</span>
            ) : (
              <Link to="/tasks/$id" params={{ id: taskId }} className="font-mono text-xs">
                {taskId}
              </Link>
            ),
        },
        {
          head: "Outcome",
          cell: ({ outcome }) => (outcome === undefined ? "under way" : <StateBadge state={outcome} />),
        },
        { head: "Waited for room", align: "right", wide: true, cell: ({ roomMs }) => ms(roomMs) },
        { head: "Start", align: "right", cell: ({ startMs }) => ms(startMs) },
        { head: "Detail", wide: true, cell: ({ detail }) => <span className="text-muted">{detail}</span> },
      ]}
    />
  );
}

function ms(value: number | undefined): string {
  return value === undefined ? "" : `${Math.round(value)} ms`;
}
