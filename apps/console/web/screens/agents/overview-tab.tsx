import { Link } from "@tanstack/react-router";
import { Badge } from "../../ui/badge.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Panel } from "../../ui/panel.tsx";
import { StateBadge } from "../../ui/state-badge.tsx";
import { Time } from "../../ui/time.tsx";
import type { AgentDetail } from "./agent-queries.ts";
import { ConnectPanel } from "./connect-panel.tsx";
import { DriftPanel } from "./drift-panel.tsx";
import { FaultPanel } from "./fault-panel.tsx";
import { isFailing } from "./filter-agents.ts";
import { PlacementPanel } from "./placement-panel.tsx";

export function OverviewTab({ agent }: { readonly agent: AgentDetail }) {
  const { name, remote, target } = agent;
  return (
    <div className="flex flex-col gap-4">
      {isFailing(agent) ? <FaultPanel agent={agent} /> : undefined}
      {target === undefined ? undefined : <PlacementPanel name={name} target={target} />}
      {remote === undefined ? undefined : <DriftPanel name={name} remote={remote} />}
      <div className="grid gap-4 lg:grid-cols-2">
        <Panel title="About">
          <div className="flex flex-col gap-4">
            <p className="whitespace-pre-line">{agent.description}</p>
            <Facts facts={factsOf(agent)} />
            <ul className="flex flex-wrap gap-x-4 gap-y-1">
              {PLACES.map(({ to, label, search }) => (
                <li key={label}>
                  <Link to={to} search={search(name)} className="inline-flex min-h-6 items-center">
                    {label}
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        </Panel>
        <ConnectPanel
          name={name}
          url={agent.url}
          isPublic={agent.visibility === "public"}
          skill={agent.skills[0]?.id}
        />
      </div>
      <Panel title="Instances" flush={agent.instances.length > 0}>
        <Instances agent={agent} />
      </Panel>
    </div>
  );
}

const PLACES = [
  { to: "/tasks", label: "Tasks", search: (agent: string) => ({ q: `agent:${agent}` }) },
  { to: "/traces", label: "Traces", search: (agent: string) => ({ q: `agent:${agent}` }) },
  { to: "/logs", label: "Logs", search: (agent: string) => ({ q: `agent:${agent}` }) },
  { to: "/evals", label: "Evals", search: (agent: string) => ({ agent }) },
  { to: "/memory", label: "Memory", search: (agent: string) => ({ agent }) },
  { to: "/deployments", label: "Deployments", search: (agent: string) => ({ agent }) },
] as const;

function factsOf({ name, release, skills, tags, evals, createdAt, updatedAt, agentId }: AgentDetail) {
  return [
    {
      name: "Skills",
      value: (
        <Link to="/agents/$name" params={{ name }} search={{ tab: "skills" }}>
          {skills.length}
        </Link>
      ),
    },
    ...(tags.length === 0
      ? []
      : [
          {
            name: "Tags",
            value: (
              <span className="flex flex-wrap gap-1">
                {tags.map((tag) => (
                  <Link key={tag} to="/agents" search={{ tag }} className="no-underline">
                    <Badge>{tag}</Badge>
                  </Link>
                ))}
              </span>
            ),
          },
        ]),
    ...(evals === undefined
      ? []
      : [
          {
            name: "Evals",
            value: (
              <Link to="/evals" search={{ agent: name }}>
                {evals.suite}: {evals.score} {evals.passed ? "passed" : "failed"}
              </Link>
            ),
          },
        ]),
    { name: "Release", value: <code className="font-mono text-xs">{release}</code> },
    { name: "Agent id", value: <code className="font-mono text-xs">{agentId}</code> },
    { name: "Created", value: <Time at={createdAt} /> },
    { name: "Changed", value: <Time at={updatedAt} /> },
  ];
}

function Instances({ agent: { instances, state, kind, target } }: { readonly agent: AgentDetail }) {
  if (instances.length === 0) {
    const why =
      kind === "remote"
        ? "It runs elsewhere; the platform calls it there."
        : kind === "attached"
          ? "It runs on the machine that attached it."
          : target !== undefined
            ? `It runs on ${target}.`
            : "It sleeps. The next call wakes it, in well under a second.";
    return <p className="text-muted">{state === "starting" ? "One is starting." : why}</p>;
  }
  return (
    <ul className="divide-y divide-line">
      {instances.map(({ instanceId, release, state: each, activeCalls, startedAt }) => (
        <li key={instanceId} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2">
          <StateBadge state={each} />
          <code className="min-w-0 font-mono text-xs break-all">{instanceId}</code>
          <span className="text-xs text-muted">
            {activeCalls} {activeCalls === 1 ? "call" : "calls"} now
          </span>
          <span className="text-xs text-muted">
            started <Time at={startedAt} />
          </span>
          <code className="ml-auto min-w-0 font-mono text-xs break-all text-muted">{release}</code>
        </li>
      ))}
    </ul>
  );
}
