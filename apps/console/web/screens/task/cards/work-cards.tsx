import type { ModelEvent } from "@berth/protocol";
import { plainText } from "../../../ui/plain-text.ts";
import { JsonView } from "../../../ui/json-view.tsx";
import { formatCost, formatDuration } from "../../../ui/time.tsx";
import type { ConversationItem } from "../model/conversation.ts";
import { stepName } from "../model/event-words.ts";
import { ItemFrame } from "./item-frame.tsx";
import type { ItemFrameProps } from "./item-frame.tsx";

type Frame = Pick<ItemFrameProps, "icon" | "seq" | "at" | "startMs" | "isCurrent" | "onSeek">;

/** An operation of a durable run: what it gave, or why it failed, and how often it was tried. */
export function StepCard({
  item,
  frame,
}: {
  readonly item: Extract<ConversationItem, { readonly type: "step" }>;
  readonly frame: Frame;
}) {
  const start = item.start.body;
  const end = item.end?.body;
  if (start.kind !== "step") return undefined;
  const took = item.end === undefined ? undefined : (Date.parse(item.end.at) - Date.parse(item.start.at)) * 1_000;
  const result = end?.kind === "step" ? end.result : undefined;
  const error = end?.kind === "step" ? end.error : undefined;
  const says =
    end === undefined
      ? start.until === undefined
        ? "under way"
        : `until ${start.until}`
      : error === undefined
        ? "done"
        : "failed";
  return (
    <ItemFrame
      {...frame}
      tone={error !== undefined ? "bad" : end === undefined ? "info" : "good"}
      title={`${start.op === "sleep" ? "Sleep" : start.op === "compensation" ? "Undo" : "Step"} ${plainText(stepName(start.key))}`}
      aside={
        <span className="text-xs text-muted">
          {says}
          {took === undefined ? "" : `, ${formatDuration(took)}`}
          {item.tries > 1 ? `, ${item.tries} tries` : ""}
        </span>
      }
    >
      {error === undefined ? undefined : <p className="text-sm text-bad">{plainText(error)}</p>}
      {result === undefined ? undefined : (
        <details>
          <summary className="min-h-6 text-xs text-muted">result</summary>
          <JsonView value={result} label={`Result of ${start.key}`} />
        </details>
      )}
    </ItemFrame>
  );
}

/** A call to a model, measured by the platform; with its texts where berth.json has them recorded. */
export function ModelCard({ call, frame }: { readonly call: ModelEvent; readonly frame: Frame }) {
  const {
    op,
    model,
    alias,
    outcome,
    reason,
    inputTokens,
    outputTokens,
    costMicros,
    latencyMs,
    finishReason,
    attempts,
    estimated,
  } = call;
  return (
    <ItemFrame
      {...frame}
      tone={outcome === "ok" ? "info" : "bad"}
      title={`${op === "chat" ? "Model" : "Embedding"} ${plainText(model)}`}
      aside={
        <span className="text-xs text-muted tabular-nums">
          {alias === undefined ? "" : `as ${alias}, `}
          {outcome === "ok" ? "" : `${outcome}${reason === undefined ? "" : ` ${reason}`}, `}
          {inputTokens} in, {outputTokens} out{estimated === true ? " (estimated)" : ""},{" "}
          {formatDuration(latencyMs * 1_000)}
          {costMicros === undefined ? "" : `, ${formatCost(costMicros)}`}
          {attempts === undefined ? "" : `, ${attempts} attempts`}
          {finishReason === undefined ? "" : `, ${finishReason}`}
        </span>
      }
    >
      {call.request === undefined && call.response === undefined ? (
        <p className="truncate font-mono text-xs text-muted" title={call.requestDigest}>
          request {call.requestDigest.slice(0, 23)}…
        </p>
      ) : (
        <div className="flex flex-col gap-1">
          <Recorded what="request" value={call.request} />
          <Recorded what="response" value={call.response} />
        </div>
      )}
    </ItemFrame>
  );
}

function Recorded({ what, value }: { readonly what: string; readonly value: unknown }) {
  if (value === undefined) return undefined;
  return (
    <details>
      <summary className="min-h-6 text-xs text-muted">{what}</summary>
      <JsonView value={value} label={what} />
    </details>
  );
}
