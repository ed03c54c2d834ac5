import { Link } from "@tanstack/react-router";
import { Panel } from "../../ui/panel.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { StateBadge } from "../../ui/state-badge.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { useListKeys } from "../../ui/use-list-keys.ts";
import { textOf } from "../agents/skill-run.ts";
import type { ListedTask } from "./home-queries.ts";

export function RecentTasks({ tasks }: { readonly tasks: readonly ListedTask[] }) {
  useListKeys();
  return (
    <Panel
      title="Recent tasks"
      flush
      actions={
        <Link to="/tasks" className="inline-flex min-h-6 items-center text-xs">
          All tasks
        </Link>
      }
    >
      <Table
        caption="The last tasks, newest first"
        rows={tasks}
        keyOf={({ task }) => task.id}
        columns={[
          {
            head: "Agent",
            cell: ({ task, agent }) => (
              <Link
                to="/tasks/$id"
                params={{ id: task.id }}
                data-row
                aria-label={`${agent}, ${task.id}`}
                className="font-medium"
              >
                {agent}
              </Link>
            ),
          },
          { head: "State", cell: ({ task }) => <StateBadge state={task.status.state} /> },
          {
            head: "Last said",
            wide: true,
            cell: ({ task }) => (
              <span className="line-clamp-1 max-w-2xl break-all text-muted">
                {plainText(textOf(task.status.message).slice(0, 300))}
              </span>
            ),
          },
          {
            head: "Caller",
            wide: true,
            cell: ({ principalId }) => <code className="font-mono text-xs text-muted">{principalId}</code>,
          },
          { head: "Begun", align: "right", cell: ({ createdAt }) => <Time at={createdAt} /> },
        ]}
      />
    </Panel>
  );
}
