import { useMemo } from "react";
import { isTerminal } from "@berth/protocol";
import { Dialog } from "../../ui/dialog.tsx";
import { LinkButton } from "../../ui/link-button.tsx";
import { StateBadge } from "../../ui/state-badge.tsx";
import { Failure, Loading } from "../../ui/status.tsx";
import { formatCost, formatDuration } from "../../ui/time.tsx";
import { ConversationItemView } from "../task/cards/conversation-item.tsx";
import { conversationOf } from "../task/model/conversation.ts";
import { snapshotOf } from "../task/model/snapshot.ts";
import { useTaskFeed } from "../task/use-task-feed.ts";

const SHOWN = 30;

/** A task at a glance, live, without leaving the list. */
export function PeekSheet({ taskId, onClose }: { readonly taskId: string; readonly onClose: () => void }) {
  const { feed, version, retry } = useTaskFeed(taskId);
  const { log } = feed;
  const accepted = log.events[0]?.body;
  // The log grows in place: its version says so.
  const view = useMemo(() => log.view(log.lastSeq), [log, version]);
  const items = useMemo(
    () => (view === undefined ? [] : conversationOf(log.events, log.events.length, view)),
    [log, version, view],
  );
  const title = accepted?.kind === "accepted" ? accepted.agentName : "Task";
  return (
    <Dialog title={title} place="side" onClose={onClose}>
      {feed.error === undefined ? undefined : <Failure error={feed.error} retry={retry} />}
      {view === undefined ? (
        feed.error === undefined ? (
          <Loading what="the task" />
        ) : undefined
      ) : (
        <div className="flex flex-col gap-3">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5 text-sm">
            <StateBadge state={view.task.status.state} />
            <Numbers
              snapshot={snapshotOf(log.events, log.events.length, view)}
              isOver={isTerminal(view.task.status.state)}
            />
            <span className="ml-auto">
              <LinkButton small look="primary" to="/tasks/$id" params={{ id: taskId }}>
                Open
              </LinkButton>
            </span>
          </div>
          {items.length > SHOWN ? (
            <p className="text-xs text-muted">{items.length - SHOWN} items before these</p>
          ) : undefined}
          <ol className="flex flex-col gap-0.5">
            {items.slice(-SHOWN).map((item) => (
              <ConversationItemView
                key={item.key}
                item={item}
                agent={title}
                startMs={Date.parse(log.events[0]?.at ?? "")}
                isCurrent={false}
              />
            ))}
          </ol>
        </div>
      )}
    </Dialog>
  );
}

function Numbers({ snapshot, isOver }: { readonly snapshot: ReturnType<typeof snapshotOf>; readonly isOver: boolean }) {
  const { elapsedMs, usage, artifacts, denied } = snapshot;
  return (
    <span className="text-muted tabular-nums">
      {formatDuration(elapsedMs * 1_000)}
      {isOver ? "" : " so far"}, {artifacts} {artifacts === 1 ? "artifact" : "artifacts"}
      {usage === undefined ? "" : `, ${(usage.inputTokens + usage.outputTokens).toLocaleString("en")} tokens`}
      {usage?.costMicros === undefined ? "" : `, ${formatCost(usage.costMicros)}`}
      {denied === 0 ? "" : `, ${denied} refused`}
    </span>
  );
}
