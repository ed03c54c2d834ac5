import { Link } from "@tanstack/react-router";
import type { Agent } from "../../api/types.ts";
import { Panel } from "../../ui/panel.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { AgentBadges } from "./agent-badges.tsx";

export function AgentTable({ agents }: { readonly agents: readonly Agent[] }) {
  return (
    <Panel flush>
      <Table
        caption="Agents"
        rows={agents}
        keyOf={({ agentId }) => agentId}
        columns={[
          {
            head: "Agent",
            cell: ({ name }) => (
              <Link to="/agents/$name" params={{ name }} data-row className="font-medium">
                {name}
              </Link>
            ),
          },
          { head: "State", cell: (agent) => <AgentBadges agent={agent} /> },
          { head: "Kind", cell: ({ kind }) => kind, wide: true },
          { head: "Version", cell: ({ version }) => version, wide: true },
          { head: "Skills", align: "right", cell: ({ skills }) => skills.length },
          {
            head: "Description",
            wide: true,
            cell: ({ description }) => <span className="line-clamp-1 max-w-prose text-muted">{description}</span>,
          },
          { head: "Changed", align: "right", wide: true, cell: ({ updatedAt }) => <Time at={updatedAt} /> },
        ]}
      />
    </Panel>
  );
}
