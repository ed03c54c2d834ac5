import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useLive } from "../../api/live.ts";
import type { Agent } from "../../api/types.ts";
import { Button } from "../../ui/button.tsx";
import { Panel } from "../../ui/panel.tsx";
import { stateName } from "../../ui/state-badge.tsx";
import { Empty, Loaded } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { callEdges, layOutMap } from "./call-map.ts";
import type { CallEdge, CallMap, CallSpan, TaskStart } from "./call-map.ts";
import { MapPicture } from "./map-picture.tsx";
import { homeCalls } from "./home-queries.ts";
import type { ListedTask } from "./home-queries.ts";

const OPEN = ["submitted", "working", "input required", "auth required"];
const MAX_SPANS = 1_000;
const HOUR_MS = 3_600_000;

export interface MapPanelProps {
  readonly agents: readonly Agent[];
  readonly tasks: readonly ListedTask[];
}

/** Who called whom in the last hour, as it happens; the same as a table for those who like it better. */
export function MapPanel({ agents, tasks }: MapPanelProps) {
  const queries = useQueryClient();
  const spans = useQuery(homeCalls);
  const [isTable, setIsTable] = useState(false);
  useLive(
    { topic: "spans", query: "gen_ai.tool.type:agent" },
    {
      onEvents: (events) => {
        // The stream is the platform's own: docs/reference/telemetry.md says what a span has.
        const seen = events.flatMap(({ data }) =>
          Array.isArray(data["spans"]) ? (data["spans"] as readonly CallSpan[]) : [],
        );
        queries.setQueryData(homeCalls.queryKey, (before) => withSpans(before, seen));
      },
    },
  );
  const map = useMemo(() => layOutMap(agents, callEdges(spans.data ?? [], lately(tasks))), [agents, spans.data, tasks]);
  return (
    <Panel
      title="Calls of the last hour"
      flush
      actions={
        <Button
          small
          look="quiet"
          aria-pressed={isTable}
          className="aria-pressed:bg-accent-soft"
          onClick={() => setIsTable(!isTable)}
        >
          As a table
        </Button>
      }
    >
      <Loaded query={spans} what="the calls">
        {() =>
          map.edges.length === 0 ? (
            <Empty title="No calls in the last hour" command="npx a2a call echo --message hello" />
          ) : isTable ? (
            <EdgeTable edges={map.edges} />
          ) : (
            <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Map of calls">
              <MapPicture map={map} />
            </div>
          )
        }
      </Loaded>
      <Idle map={map} agents={agents} />
    </Panel>
  );
}

/** A span that has ended takes the place of the same one that had not. */
function withSpans(before: readonly CallSpan[] | undefined, seen: readonly CallSpan[]): readonly CallSpan[] {
  const ids = new Set(seen.map(({ spanId }) => spanId));
  return [...seen, ...(before ?? []).filter(({ spanId }) => !ids.has(spanId))].slice(0, MAX_SPANS);
}

function lately(tasks: readonly ListedTask[]): readonly TaskStart[] {
  return tasks
    .filter(({ createdAt }) => Date.now() - Date.parse(createdAt) < HOUR_MS)
    .map(({ agent, createdAt, task: { status } }) => {
      const state = stateName(status.state);
      return { agent, createdAt, isOpen: OPEN.includes(state), hasFailed: state === "failed" };
    });
}

function EdgeTable({ edges }: { readonly edges: readonly CallEdge[] }) {
  return (
    <Table
      caption="Who called whom in the last hour"
      rows={edges}
      keyOf={({ from, to }) => `${from ?? ""} ${to}`}
      columns={[
        { head: "Caller", cell: ({ from }) => from ?? "from outside" },
        {
          head: "Called",
          cell: ({ to }) => (
            <Link to="/agents/$name" params={{ name: to }}>
              {to}
            </Link>
          ),
        },
        { head: "Calls", align: "right", cell: ({ calls }) => calls },
        { head: "Under way", align: "right", cell: ({ open }) => open },
        { head: "Failed", align: "right", cell: ({ failed }) => failed },
        { head: "Last", align: "right", cell: ({ lastUs }) => <Time at={new Date(lastUs / 1_000).toISOString()} /> },
      ]}
    />
  );
}

function Idle({ map: { idle }, agents }: { readonly map: CallMap; readonly agents: readonly Agent[] }) {
  if (idle.length === 0) return undefined;
  const shown = idle.slice(0, 12);
  return (
    <p className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-line px-4 py-2 text-xs text-muted">
      {idle.length} without calls:
      {shown.map((name) => (
        <Link
          key={name}
          to="/agents/$name"
          params={{ name }}
          title={agents.find((agent) => agent.name === name)?.state}
        >
          {name}
        </Link>
      ))}
      {idle.length > shown.length ? <Link to="/agents">all agents</Link> : undefined}
    </p>
  );
}
