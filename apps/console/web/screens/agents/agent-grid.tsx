import { Link } from "@tanstack/react-router";
import type { Agent } from "../../api/types.ts";
import { AgentBadges } from "./agent-badges.tsx";

const MAX_TAGS = 4;

export function AgentGrid({ agents }: { readonly agents: readonly Agent[] }) {
  return (
    <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,19rem),1fr))] gap-3">
      {agents.map((agent) => (
        <li
          key={agent.agentId}
          className="relative flex min-w-0 flex-col gap-2 rounded-lg border border-line bg-panel p-4 hover:border-line-strong"
        >
          <div className="flex items-start gap-2">
            <h2 className="min-w-0 text-base font-semibold break-words">
              <Link
                to="/agents/$name"
                params={{ name: agent.name }}
                data-row
                className="text-text no-underline after:absolute after:inset-0 after:rounded-lg hover:underline"
              >
                {agent.name}
              </Link>
            </h2>
            <span className="ml-auto">
              <AgentBadges agent={agent} />
            </span>
          </div>
          <p className="line-clamp-2 min-h-[3em] text-muted">{agent.description}</p>
          <p className="mt-auto flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-muted">
            <span>v{agent.version}</span>
            <span>
              {agent.skills.length} {agent.skills.length === 1 ? "skill" : "skills"}
            </span>
            <span>{agent.visibility}</span>
            <span className="truncate">{tagLine(agent.tags)}</span>
          </p>
        </li>
      ))}
    </ul>
  );
}

function tagLine(tags: readonly string[]): string {
  const shown = tags.slice(0, MAX_TAGS).map((tag) => `#${tag}`);
  return [...shown, ...(tags.length > MAX_TAGS ? [`+${tags.length - MAX_TAGS}`] : [])].join(" ");
}
