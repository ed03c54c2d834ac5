import { useQuery } from "@tanstack/react-query";
import { clsx } from "clsx";
import { Plus } from "lucide-react";
import { Button } from "../../ui/button.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { stateName } from "../../ui/state-badge.tsx";
import { Loaded } from "../../ui/status.tsx";
import { Time } from "../../ui/time.tsx";
import { contextsQuery, titleQuery } from "./chat-queries.ts";
import type { ContextLine } from "./chat-queries.ts";

export interface ContextListProps {
  readonly agent: string;
  readonly principalId: string;
  readonly selected: string | undefined;
  readonly onSelect: (contextId: string | undefined) => void;
}

/** The person's conversations with this agent. */
export function ContextList({ agent, principalId, selected, onSelect }: ContextListProps) {
  const contexts = useQuery(contextsQuery(agent, principalId));
  return (
    <nav aria-label="Conversations" className="flex min-h-0 min-w-0 flex-col rounded-lg border border-line bg-panel">
      <header className="flex items-center border-b border-line px-3 py-2">
        <h2 className="text-sm font-semibold">Conversations</h2>
        <Button small className="ml-auto" onClick={() => onSelect(undefined)}>
          <Plus size={13} aria-hidden />
          New
        </Button>
      </header>
      <div
        tabIndex={0}
        role="region"
        aria-label="Earlier conversations"
        className="min-h-0 flex-1 overflow-y-auto max-lg:max-h-40"
      >
        <Loaded query={contexts} what="conversations">
          {(lines) =>
            lines.length === 0 ? (
              <p className="p-3 text-xs text-muted">None yet with {agent}.</p>
            ) : (
              <ul className="divide-y divide-line">
                {lines.map((line) => (
                  <li key={line.contextId}>
                    <Line
                      line={line}
                      isCurrent={line.contextId === selected}
                      onSelect={() => onSelect(line.contextId)}
                    />
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      </div>
    </nav>
  );
}

function Line({
  line,
  isCurrent,
  onSelect,
}: {
  readonly line: ContextLine;
  readonly isCurrent: boolean;
  readonly onSelect: () => void;
}) {
  const title = useQuery(titleQuery(line.firstTaskId));
  return (
    <button
      type="button"
      aria-current={isCurrent}
      onClick={onSelect}
      className={clsx(
        "flex w-full flex-col gap-0.5 border-l-3 px-3 py-2 text-left",
        isCurrent ? "border-accent bg-accent-soft" : "border-transparent hover:bg-sunken",
      )}
    >
      <span className="w-full truncate text-sm">
        {title.data === undefined || title.data === "" ? line.contextId : plainText(title.data)}
      </span>
      <span className={clsx("text-xs", isCurrent ? "text-text" : "text-muted")}>
        <Time at={line.at} />, {line.tasks} {line.tasks === 1 ? "task" : "tasks"}, {stateName(line.state)}
      </span>
    </button>
  );
}
