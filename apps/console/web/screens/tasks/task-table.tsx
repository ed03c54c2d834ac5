import { Link, useNavigate } from "@tanstack/react-router";
import { clsx } from "clsx";
import { isTerminal } from "@berth/protocol";
import { plainText } from "../../ui/plain-text.ts";
import { StateBadge } from "../../ui/state-badge.tsx";
import { Time, formatDuration } from "../../ui/time.tsx";
import { messageText } from "../task/model/event-words.ts";
import type { TaskRow } from "./task-row.ts";

export interface TaskTableProps {
  readonly rows: readonly TaskRow[];
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (taskId: string, isSelected: boolean) => void;
  readonly onPeek: (taskId: string) => void;
  readonly onQuery: (term: string) => void;
  readonly peeked?: string;
}

const HEAD = "border-b border-line px-2 py-2 text-left text-xs font-semibold whitespace-nowrap text-muted";
const CELL = "border-b border-line px-2 py-1.5 align-middle";

/** A row's button is what j and k walk over: Enter peeks, Shift with Enter opens. */
export function TaskTable({ rows, selected, onSelect, onPeek, onQuery, peeked }: TaskTableProps) {
  const navigate = useNavigate();
  return (
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Tasks">
      <table className="w-full border-collapse text-sm">
        <caption className="sr-only">Tasks, newest status first</caption>
        <thead>
          <tr>
            <th scope="col" className={HEAD}>
              <span className="sr-only">Select</span>
            </th>
            <th scope="col" className={HEAD}>
              State
            </th>
            <th scope="col" className={HEAD}>
              Task
            </th>
            <th scope="col" className={clsx(HEAD, "max-lg:hidden")}>
              Last said
            </th>
            <th scope="col" className={clsx(HEAD, "max-md:hidden")}>
              Caller
            </th>
            <th scope="col" className={clsx(HEAD, "max-xl:hidden")}>
              Context
            </th>
            <th scope="col" className={clsx(HEAD, "max-sm:hidden text-right")}>
              Took
            </th>
            <th scope="col" className={clsx(HEAD, "text-right")}>
              Last event
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ task, agent, principalId, createdAt }) => {
            const { state, message, timestamp = createdAt } = task.status;
            const isOver = isTerminal(state);
            const took = Math.max(0, (isOver ? Date.parse(timestamp) : Date.now()) - Date.parse(createdAt)) * 1_000;
            return (
              <tr key={task.id} className={clsx("h-10", task.id === peeked ? "bg-accent-soft" : "hover:bg-sunken")}>
                <td className={CELL}>
                  <input
                    type="checkbox"
                    aria-label={`Select ${agent} ${task.id}`}
                    checked={selected.has(task.id)}
                    onChange={({ currentTarget }) => onSelect(task.id, currentTarget.checked)}
                    className="m-1 block size-4 accent-(--accent)"
                  />
                </td>
                <td className={CELL}>
                  <StateBadge state={state} />
                </td>
                <td className={CELL}>
                  <span className="flex flex-wrap items-baseline gap-x-2">
                    <button
                      type="button"
                      data-row
                      onClick={(event) => {
                        if (event.shiftKey) void navigate({ to: "/tasks/$id", params: { id: task.id } });
                        else onPeek(task.id);
                      }}
                      className="min-h-6 font-medium text-text hover:underline"
                    >
                      {agent}
                    </button>
                    <Link
                      to="/tasks/$id"
                      params={{ id: task.id }}
                      className="inline-flex min-h-6 items-center font-mono text-xs"
                      title={task.id}
                    >
                      {task.id.slice(0, 5)}…{task.id.slice(-8)}
                    </Link>
                  </span>
                </td>
                <td className={clsx(CELL, "max-w-96 max-lg:hidden")}>
                  <span className="line-clamp-1 break-all text-muted">
                    {message === undefined ? "" : plainText(messageText(message).slice(0, 240))}
                  </span>
                </td>
                <td className={clsx(CELL, "max-md:hidden")}>
                  <button
                    type="button"
                    onClick={() => onQuery(`caller:${principalId}`)}
                    title="Only of this caller"
                    className="min-h-6 font-mono text-xs hover:underline"
                  >
                    {plainText(principalId)}
                  </button>
                </td>
                <td className={clsx(CELL, "max-xl:hidden")}>
                  {task.contextId === undefined ? undefined : (
                    <button
                      type="button"
                      onClick={() => onQuery(`context:${task.contextId}`)}
                      title={`Only of ${task.contextId}`}
                      className="min-h-6 font-mono text-xs hover:underline"
                    >
                      …{plainText(task.contextId.slice(-8))}
                    </button>
                  )}
                </td>
                <td className={clsx(CELL, "text-right whitespace-nowrap tabular-nums max-sm:hidden")}>
                  {formatDuration(took)}
                  {isOver ? "" : " so far"}
                </td>
                <td className={clsx(CELL, "text-right")}>
                  <Time at={timestamp} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
