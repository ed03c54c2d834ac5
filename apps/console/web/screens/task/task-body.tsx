import { useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useState } from "react";
import { isTerminal } from "@berth/protocol";
import type { AcceptedEvent } from "@berth/protocol";
import { CopyButton } from "../../ui/copy-button.tsx";
import { Page } from "../../ui/page.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { useSearchState } from "../../ui/search-state.ts";
import { StateBadge } from "../../ui/state-badge.tsx";
import { earlyView, lazyView } from "../../ui/lazy-view.tsx";
import { useKeys } from "../../shell/keys.ts";
import { LiveDot } from "../../ui/live-dot.tsx";
import { MissingPanel, MomentPanel } from "./header/moment-panel.tsx";
import { StateStrip } from "./header/state-strip.tsx";
import { TaskActions } from "./header/task-actions.tsx";
import { buildLanes } from "./model/lanes.ts";
import type { LaneItem } from "./model/lanes.ts";
import { missingOf } from "./model/missing.ts";
import { forkSeedOf } from "./model/send.ts";
import { skewsOf } from "./model/skew.ts";
import { snapshotOf, visitedStates } from "./model/snapshot.ts";
import type { TaskFeed } from "./task-feed.ts";
import { TaskPanes } from "./task-panes.tsx";
import { useAgent, useChildren, useReceipt, useTelemetry } from "./task-queries.ts";
import { usePlayer } from "./time/use-player.ts";

const TimeMachine = earlyView(async () => (await import("./time/time-machine.tsx")).TimeMachine);

const RelationsPanel = lazyView(async () => (await import("./header/relations-panel.tsx")).RelationsPanel);

const ForkDialog = lazyView(async () => (await import("./fork/fork-dialog.tsx")).ForkDialog);
const AnswerPanel = lazyView(async () => (await import("./header/answer-panel.tsx")).AnswerPanel);

export function TaskBody({
  feed,
  version,
  accepted,
}: {
  readonly feed: TaskFeed;
  readonly version: number;
  readonly accepted: AcceptedEvent;
}) {
  const { taskId, log } = feed;
  const { events } = log;
  const navigate = useNavigate();
  const [search, setSearch] = useSearchState();
  const [forkAt, setForkAt] = useState<number>();
  const { player, state: play } = usePlayer();
  useEffect(() => player.setEvents(events), [player, events]);
  const seek = useCallback((seq: number) => player.seek(seq), [player]);

  // The log grows in place: its version says so.
  const latest = useMemo(() => log.view(log.lastSeq), [log, version]);
  const seq = play.seq ?? log.lastSeq;
  const count = log.count(seq);
  const view = useMemo(() => log.view(seq), [log, version, seq]);
  const isOver = latest !== undefined && isTerminal(latest.task.status.state);
  const telemetry = useTelemetry(taskId, isOver);
  const receipt = useReceipt(accepted.agentName, taskId, isOver);
  const agent = useAgent(accepted.agentName);
  const calls = useMemo(() => events.flatMap(({ body }) => (body.kind === "call" ? [body] : [])), [events, version]);
  const children = useChildren(calls.map(({ childTaskId }) => childTaskId));
  const lanes = useMemo(
    () =>
      buildLanes({
        events,
        children,
        ...(telemetry.data === undefined ? {} : { telemetry: telemetry.data }),
        ...(receipt === undefined ? {} : { receipt }),
      }),
    [events, version, telemetry.data, children, receipt?.receiptId],
  );
  const states = useMemo(() => visitedStates(events), [events, version]);
  const missing = useMemo(
    () => missingOf(events, log.holes(), isOver ? Date.parse(events.at(-1)?.at ?? "") : Date.now()),
    [events, log, version, isOver],
  );
  const skews = useMemo(() => skewsOf(events, telemetry.data?.spans ?? []), [events, version, telemetry.data]);
  const openApproval = useMemo(() => openApprovalOf(events), [events, version]);
  const traceIds = useMemo(
    () => [...new Set((telemetry.data?.spans ?? []).map(({ traceId }) => traceId))],
    [telemetry.data],
  );
  const open = useCallback(
    (item: LaneItem) => {
      if (item.trace !== undefined)
        void navigate({ to: "/traces/$id", params: { id: item.trace.traceId }, search: { span: item.trace.spanId } });
      else if (item.seq !== undefined) seek(item.seq);
    },
    [navigate, seek],
  );
  useKeys(
    useMemo(
      () => [
        ...["conversation", "clock", "events", "authority", "deliveries"].map((tab, index) => ({
          keys: String(index + 1),
          does: `Show ${tab === "clock" ? "one clock" : tab}`,
          run: () => setSearch({ tab: tab === "conversation" ? undefined : tab }),
        })),
        { keys: "f", does: "Fork from the first message", run: () => setForkAt(1) },
      ],
      [setSearch],
    ),
  );
  if (view === undefined || latest === undefined) return undefined;
  const seed = forkAt === undefined ? undefined : forkSeedOf(events, forkAt);
  const snapshot = snapshotOf(events, count, view);
  const isWaiting = latest.task.status.state.endsWith("_REQUIRED");
  return (
    <Page
      title={plainText(accepted.skill === undefined ? accepted.agentName : `${accepted.agentName} · ${accepted.skill}`)}
      aside={
        <>
          <StateBadge state={latest.task.status.state} />
          <span className="flex min-w-0 items-center gap-1">
            <code className="min-w-0 font-mono text-xs break-all text-muted">{taskId}</code>
            <CopyButton text={taskId} label="Copy the task's id" />
          </span>
        </>
      }
      actions={
        <>
          {isOver ? undefined : <LiveDot skipped={feed.skipped} />}
          <TaskActions
            taskId={taskId}
            isOver={isOver}
            onFork={forkSeedOf(events, 1) === undefined ? undefined : () => setForkAt(1)}
          />
        </>
      }
      cli={`npx a2a tasks events ${taskId}`}
    >
      <StateStrip states={states} seq={seq} onSeek={seek} />
      {isWaiting ? (
        <AnswerPanel key={log.lastSeq} task={latest.task} accepted={accepted} approvalId={openApproval} />
      ) : undefined}
      <div className="md:sticky md:top-0 md:z-[5] md:-my-1 md:bg-bg md:py-1">
        <TimeMachine player={player} state={play} events={events} version={version} isOver={isOver} />
      </div>
      <div className="grid min-w-0 gap-4 2xl:grid-cols-[minmax(0,1fr)_20rem] xl:grid-cols-[minmax(0,1fr)_18rem]">
        <TaskPanes
          feed={feed}
          version={version}
          view={view}
          count={count}
          lanes={lanes}
          skews={skews}
          isLive={play.seq === undefined}
          agent={accepted.agentName}
          telemetry={telemetry}
          onSeek={seek}
          onFork={setForkAt}
          onOpen={open}
        />
        <aside className="flex min-w-0 flex-col gap-4" aria-label="About the task">
          <MomentPanel view={view} snapshot={snapshot} isLive={play.seq === undefined} />
          <MissingPanel missing={missing} onSeek={seek} />
          <RelationsPanel
            accepted={accepted}
            childTasks={children}
            calls={calls}
            traceIds={traceIds}
            {...(agent !== undefined && agent.release === accepted.releaseId ? { version: agent.version } : {})}
            {...(receipt === undefined ? {} : { receiptId: receipt.receiptId })}
          />
        </aside>
      </div>
      {seed === undefined ? undefined : (
        <ForkDialog
          seed={seed}
          onClose={() => setForkAt(undefined)}
          onForked={(forked) => {
            setForkAt(undefined);
            setSearch({ ...search, with: forked, tab: "compare" }, { push: true });
          }}
        />
      )}
    </Page>
  );
}

/** The request that nobody has answered yet. */
function openApprovalOf(events: TaskFeed["log"]["events"]): string | undefined {
  const open = new Set<string>();
  for (const { body } of events) {
    if (body.kind !== "scope_request") continue;
    if (body.phase === "requested") open.add(body.approvalId);
    else open.delete(body.approvalId);
  }
  return [...open].at(-1);
}
