import { logEntryOf } from "@berth/protocol";
import type { Artifact, LogEntry, Message, ScopeRequestEvent, TaskEvent, TaskView } from "@berth/protocol";
import { messageText } from "./event-words.ts";
import type { Hole } from "./task-log.ts";

interface Said {
  readonly key: string;
  /** The event that is shown, the last one where it is several. */
  readonly seq: number;
  readonly at: string;
}

/** What a reader of the task sees, in the order in which it began. */
export type ConversationItem = Said &
  (
    | { readonly type: "message"; readonly message: Message; readonly isReply: boolean }
    | { readonly type: "state"; readonly state: string; readonly reason?: string; readonly message?: Message }
    | { readonly type: "progress"; readonly reports: readonly Progress[] }
    | { readonly type: "artifact"; readonly artifact: Artifact; readonly chunks: number; readonly isWhole: boolean }
    | { readonly type: "step"; readonly start: TaskEvent; readonly end?: TaskEvent; readonly tries: number }
    | { readonly type: "model"; readonly event: TaskEvent }
    | { readonly type: "call"; readonly event: TaskEvent }
    | { readonly type: "scope"; readonly request: ScopeRequestEvent; readonly decision?: ScopeRequestEvent }
    | { readonly type: "log"; readonly entries: readonly (LogEntry & { readonly seq: number })[] }
    | { readonly type: "lost"; readonly detail: string }
    | { readonly type: "hole"; readonly hole: Hole }
    | { readonly type: "erased"; readonly was: string }
  );

export interface Progress {
  readonly seq: number;
  readonly at: string;
  readonly text: string;
  readonly fraction?: number;
}

const PROGRESS = "https://berth.dev/extensions/progress/v1";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type Of<Type extends ConversationItem["type"]> = Mutable<Extract<ConversationItem, { readonly type: Type }>>;

/** The first `count` events as a conversation; `view` is their fold. */
export function conversationOf(
  events: readonly TaskEvent[],
  count: number,
  view: TaskView,
): readonly ConversationItem[] {
  const items: ConversationItem[] = [];
  const artifacts = new Map<string, Of<"artifact">>();
  const steps = new Map<string, Of<"step">>();
  const scopes = new Map<string, Of<"scope">>();
  const assembled = new Map((view.task.artifacts ?? []).map((artifact) => [artifact.artifactId, artifact]));
  let state = "";
  let next = 1;
  for (let index = 0; index < count; index += 1) {
    const event = events[index];
    if (event === undefined) break;
    const { seq, at, body } = event;
    if (seq > next) items.push({ type: "hole", key: `hole ${next}`, seq, at, hole: { from: next, to: seq - 1 } });
    next = seq + 1;
    const said: Said = { key: `event ${seq}`, seq, at };
    switch (body.kind) {
      case "accepted":
        state = "TASK_STATE_SUBMITTED";
        if (body.erased === true) items.push({ ...said, type: "erased", was: "the first message" });
        else items.push({ ...said, type: "message", message: body.message, isReply: false });
        break;
      case "message":
        items.push({ ...said, type: "message", message: body.message, isReply: false });
        break;
      case "reply":
        items.push({ ...said, type: "message", message: body.message, isReply: true });
        break;
      case "status":
        addStatus(items, event, state);
        state = body.status.state;
        break;
      case "artifact": {
        const { artifactId } = body.artifact;
        const known = artifacts.get(artifactId);
        const artifact = assembled.get(artifactId) ?? body.artifact;
        const isWhole = body.append !== true && body.lastChunk === undefined ? true : body.lastChunk === true;
        if (known === undefined) {
          const item: Of<"artifact"> = { ...said, type: "artifact", artifact, chunks: 1, isWhole };
          artifacts.set(artifactId, item);
          items.push(item);
        } else {
          known.seq = seq;
          known.chunks += 1;
          known.isWhole = isWhole;
        }
        break;
      }
      case "step": {
        const known = steps.get(body.key);
        if (known === undefined) {
          const item: Of<"step"> = {
            ...said,
            type: "step",
            start: event,
            tries: 1,
            ...(body.phase === "started" ? {} : { end: event }),
          };
          steps.set(body.key, item);
          items.push(item);
        } else {
          known.seq = seq;
          if (body.phase === "started") {
            known.tries += 1;
            delete known.end;
          } else known.end = event;
        }
        break;
      }
      case "model":
        items.push({ ...said, type: "model", event });
        break;
      case "call":
        items.push({ ...said, type: "call", event });
        break;
      case "scope_request": {
        const known = scopes.get(body.approvalId);
        if (known === undefined) {
          const item: Of<"scope"> = { ...said, type: "scope", request: body };
          scopes.set(body.approvalId, item);
          items.push(item);
        } else if (body.phase !== "requested") {
          known.decision = body;
          known.seq = seq;
        }
        break;
      }
      case "instance":
        if (body.phase === "lost")
          items.push({ ...said, type: "lost", detail: body.detail ?? "The instance was lost." });
        break;
      case "run":
        if (body.phase === "lost")
          items.push({
            ...said,
            type: "lost",
            detail: `Execution ${body.execution} was lost${body.reason === undefined ? "" : `: ${body.reason}`}.`,
          });
        break;
      case "erased":
        items.push({ ...said, type: "erased", was: body.was });
        break;
      default:
        break;
    }
  }
  return items;
}

/** Reports and log entries in a row are one item; a change of state is one of its own. */
function addStatus(items: ConversationItem[], { seq, at, body }: TaskEvent, before: string): void {
  if (body.kind !== "status") return;
  const { status, reason, metadata } = body;
  const { message } = status;
  const said: Said = { key: `event ${seq}`, seq, at };
  if (body.erased === true) {
    items.push({ ...said, type: "erased", was: "status" });
    return;
  }
  const entry = logEntryOf(metadata);
  const last = items.at(-1);
  if (entry !== undefined && message === undefined && status.state === before) {
    if (last?.type === "log") items[items.length - 1] = { ...last, seq, entries: [...last.entries, { ...entry, seq }] };
    else items.push({ ...said, type: "log", entries: [{ ...entry, seq }] });
    return;
  }
  if (status.state === before && message !== undefined) {
    const report = { seq, at, text: messageText(message), ...fractionOf(message) };
    if (last?.type === "progress") items[items.length - 1] = { ...last, seq, reports: [...last.reports, report] };
    else items.push({ ...said, type: "progress", reports: [report] });
    return;
  }
  if (status.state === before && reason === undefined) return;
  items.push({
    ...said,
    type: "state",
    state: status.state,
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  });
}

function fractionOf({ metadata }: Message): { readonly fraction?: number } {
  const said = metadata?.[PROGRESS];
  const fraction = typeof said === "object" && said !== null && "fraction" in said ? said.fraction : undefined;
  return typeof fraction === "number" && fraction >= 0 && fraction <= 1 ? { fraction } : {};
}
