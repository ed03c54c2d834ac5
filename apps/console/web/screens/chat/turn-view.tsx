import type { Message, Part } from "@berth/protocol";
import { isTerminal } from "@berth/protocol";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { LoaderCircle, PencilLine, RotateCcw, Square } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { StateBadge } from "../../ui/state-badge.tsx";
import { Failure } from "../../ui/status.tsx";
import { formatCost, formatDuration } from "../../ui/time.tsx";
import { AnswerForm } from "./answer-form.tsx";
import { ArtifactCard } from "./artifact-card.tsx";
import { saidOf } from "./exchange.ts";
import type { Said } from "./exchange.ts";
import { MessageParts } from "./message-parts.tsx";
import { meterQuery } from "./meter.ts";
import type { Turn } from "./turn.ts";

export interface TurnActions {
  readonly onStop: (turn: Turn) => void;
  readonly onRetry: (turn: Turn) => void;
  readonly onFork: (turn: Turn, message: Message) => void;
  readonly onAnswer: (turn: Turn, part: Part) => void;
  readonly onOpenArtifact: (taskId: string, artifactId: string) => void;
}

/** A message and what came of it, in the order in which it was said; its state and its price below. */
export function TurnView({
  turn,
  agent,
  actions,
}: {
  readonly turn: Turn;
  readonly agent: string;
  readonly actions: TurnActions;
}) {
  const { view, sent, problem } = turn;
  const task = view?.task;
  const said: readonly Said[] =
    task === undefined || (task.history ?? []).length === 0
      ? [{ type: "message", message: sent }, ...(task === undefined ? [] : saidOf(task))]
      : saidOf(task);
  return (
    <article aria-label={`Turn of ${agent}`} className="flex min-w-0 flex-col gap-3">
      {said.map((item, at) =>
        item.type === "progress" ? (
          <ProgressLine key={at} messages={item.messages} isLive={turn.isLive && at === said.length - 1} />
        ) : item.message.role === "ROLE_USER" ? (
          <PersonBubble key={at} message={item.message} turn={turn} actions={actions} isFirst={at === 0} />
        ) : (
          <AgentBubble key={at} agent={agent} parts={item.message.parts} />
        ),
      )}
      {view?.reply === undefined ? undefined : <AgentBubble agent={agent} parts={view.reply.parts} />}
      {(task?.artifacts ?? []).map((artifact) => (
        <ArtifactCard
          key={artifact.artifactId}
          artifact={artifact}
          isLive={turn.isLive}
          onOpen={() => actions.onOpenArtifact(task?.id ?? "", artifact.artifactId)}
        />
      ))}
      {task === undefined || turn.isLive ? undefined : (
        <AnswerForm task={task} onAnswer={(part) => actions.onAnswer(turn, part)} />
      )}
      {problem === undefined ? undefined : <Failure error={problem} retry={() => actions.onRetry(turn)} />}
      <Footer turn={turn} onStop={() => actions.onStop(turn)} />
    </article>
  );
}

function PersonBubble({
  message,
  turn,
  actions,
  isFirst,
}: {
  readonly message: Message;
  readonly turn: Turn;
  readonly actions: TurnActions;
  readonly isFirst: boolean;
}) {
  const text = message.parts.map((part) => part.text ?? "").join("\n");
  return (
    <div className="group flex max-w-[85%] flex-col items-end gap-1 self-end">
      <div className="max-w-full min-w-0 rounded-lg rounded-br-sm bg-accent-soft px-3 py-2">
        <MessageParts parts={message.parts} />
      </div>
      <div className="flex gap-1">
        {text === "" ? undefined : <CopyButton text={text} label="Copy the message" />}
        {isFirst ? (
          <>
            <Button
              look="quiet"
              small
              aria-label="Change and send as a new conversation"
              onClick={() => actions.onFork(turn, message)}
            >
              <PencilLine size={13} aria-hidden />
            </Button>
            <Button look="quiet" small aria-label="Send again" onClick={() => actions.onRetry(turn)}>
              <RotateCcw size={13} aria-hidden />
            </Button>
          </>
        ) : undefined}
      </div>
    </div>
  );
}

function AgentBubble({ agent, parts }: { readonly agent: string; readonly parts: readonly Part[] }) {
  return (
    <div className="max-w-[95%] min-w-0 self-start">
      <p className="mb-1 text-xs font-medium text-muted">{agent}</p>
      <div className="rounded-lg rounded-bl-sm border border-line bg-panel px-3 py-2">
        <MessageParts parts={parts} />
      </div>
    </div>
  );
}

/** The last report in sight, those before it on request. */
function ProgressLine({ messages, isLive }: { readonly messages: readonly Message[]; readonly isLive: boolean }) {
  const texts = messages.map(({ parts }) => plainText(parts.map((part) => part.text ?? "").join(" ")));
  const last = texts.at(-1) ?? "";
  return (
    <details className="text-xs text-muted">
      <summary className="flex min-h-6 items-center gap-2 [&::-webkit-details-marker]:hidden">
        {isLive ? <LoaderCircle size={13} aria-hidden className="shrink-0 animate-spin" /> : undefined}
        <span className="min-w-0 truncate">{last}</span>
        {texts.length > 1 ? <span className="shrink-0">({texts.length} reports)</span> : undefined}
      </summary>
      <ol className="mt-1 list-decimal pl-6">
        {texts.map((text, at) => (
          <li key={at} className="break-words">
            {text}
          </li>
        ))}
      </ol>
    </details>
  );
}

function Footer({ turn, onStop }: { readonly turn: Turn; readonly onStop: () => void }) {
  const { view, isLive, isReconnecting } = turn;
  const taskId = view?.task.id ?? "";
  const state = view?.task.status.state;
  return (
    <footer className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-muted">
      {state === undefined ? undefined : <StateBadge state={state} />}
      {isLive ? (
        <Button small look="danger" onClick={onStop}>
          <Square size={11} aria-hidden />
          Stop
        </Button>
      ) : undefined}
      {isReconnecting === true ? <span>connection lost, taking it up again …</span> : undefined}
      <Elapsed turn={turn} />
      {taskId === "" ? undefined : (
        <TaskMeter taskId={taskId} isLive={isLive} isEnded={state !== undefined && isTerminal(state)} />
      )}
    </footer>
  );
}

function Elapsed({ turn }: { readonly turn: Turn }) {
  const { sentAt, firstAt, endedAt, isLive } = turn;
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!isLive) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [isLive]);
  if (!isLive && endedAt === undefined) return undefined;
  const ms = Math.max(0, (endedAt ?? now) - sentAt);
  return (
    <span
      className="tabular-nums"
      title={firstAt === undefined ? undefined : `first answer after ${formatDuration((firstAt - sentAt) * 1_000)}`}
    >
      {formatDuration(ms * 1_000)}
    </span>
  );
}

function TaskMeter({
  taskId,
  isLive,
  isEnded,
}: {
  readonly taskId: string;
  readonly isLive: boolean;
  readonly isEnded: boolean;
}) {
  const queries = useQueryClient();
  const meter = useQuery(meterQuery(queries, taskId, isLive));
  // What the last seconds used was written after the last look.
  const { refetch } = meter;
  useEffect(() => {
    if (isEnded) void refetch();
  }, [isEnded, refetch]);
  const { usage, connections = 0, denied = 0, traceId } = meter.data ?? {};
  return (
    <>
      {usage === undefined ? undefined : (
        <span className="tabular-nums">
          {usage.inputTokens.toLocaleString("en")} in, {usage.outputTokens.toLocaleString("en")} out
          {usage.costMicros === undefined ? "" : `, ${formatCost(usage.costMicros)}`}
        </span>
      )}
      {connections + denied === 0 ? undefined : (
        <span className="tabular-nums">
          {connections} connections{denied === 0 ? "" : `, ${denied} denied`}
        </span>
      )}
      <span className="flex gap-3">
        <Link to="/tasks/$id" params={{ id: taskId }} className={LINK}>
          Task
        </Link>
        {traceId === undefined ? undefined : (
          <Link to="/traces/$id" params={{ id: traceId }} className={LINK}>
            Trace
          </Link>
        )}
        {isEnded ? (
          <Link to="/receipts/$id" params={{ id: taskId }} className={LINK}>
            Receipt
          </Link>
        ) : undefined}
      </span>
    </>
  );
}

const LINK = "inline-flex min-h-6 items-center";
