import { clsx } from "clsx";
import { StateBadge } from "../../ui/state-badge.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { Time } from "../../ui/time.tsx";
import type { Approval } from "./approval.ts";
import { Countdown } from "./countdown.tsx";

export interface ApprovalListProps {
  readonly approvals: readonly Approval[];
  readonly selected: string | undefined;
  readonly onSelect: (id: string) => void;
}

export function ApprovalList({ approvals, selected, onSelect }: ApprovalListProps) {
  return (
    <ul aria-label="Requests" className="divide-y divide-line">
      {approvals.map((approval) => {
        const isCurrent = approval.id === selected;
        return (
          <li key={approval.id}>
            <button
              type="button"
              aria-current={isCurrent}
              onClick={() => onSelect(approval.id)}
              className={clsx(
                "flex w-full flex-col gap-1 border-l-3 px-3 py-2.5 text-left",
                isCurrent ? "border-accent bg-accent-soft" : "border-transparent hover:bg-sunken",
              )}
            >
              <span className="flex w-full items-center gap-2">
                <span className="min-w-0 truncate font-medium">{approval.agent}</span>
                <span className="ml-auto shrink-0">
                  {approval.state === "pending" ? (
                    <Countdown until={approval.expiresAt} />
                  ) : (
                    <StateBadge state={approval.state} />
                  )}
                </span>
              </span>
              <span className="w-full truncate font-mono text-xs">
                {[...approval.read, ...(approval.write === undefined ? [] : [`write ${approval.write}`])]
                  .map(plainText)
                  .join(", ")}
              </span>
              <span className={clsx("text-xs", isCurrent ? "text-text" : "text-muted")}>
                asked <Time at={approval.requestedAt} />
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
