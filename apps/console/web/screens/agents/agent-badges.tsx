import { ShieldOff, TriangleAlert } from "lucide-react";
import type { Agent } from "../../api/types.ts";
import { Badge } from "../../ui/badge.tsx";
import { StateBadge } from "../../ui/state-badge.tsx";
import { isFailing } from "./filter-agents.ts";

/** How it is, and what is not as it should be. */
export function AgentBadges({ agent }: { readonly agent: Agent }) {
  return (
    <span className="inline-flex flex-wrap items-center justify-end gap-1">
      {isFailing(agent) ? (
        <Badge tone="bad" title={agent.health?.detail ?? ""}>
          <TriangleAlert size={12} aria-hidden />
          {agent.health?.reason?.replaceAll("_", " ")}
        </Badge>
      ) : undefined}
      {agent.trusted ? (
        <Badge tone="warn" title="It runs outside the sandbox.">
          <ShieldOff size={12} aria-hidden />
          unconfined
        </Badge>
      ) : undefined}
      <StateBadge state={agent.state} />
    </span>
  );
}
