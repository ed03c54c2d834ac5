import { isTerminal } from "@berth/protocol";
import type { RunUsage, TaskEvent, TaskView } from "@berth/protocol";
import { stepName } from "./event-words.ts";

/** What was under way, and what had been used, at one moment of the log. */
export interface Snapshot {
  readonly elapsedMs: number;
  readonly usage?: RunUsage;
  readonly open: readonly { readonly seq: number; readonly what: string }[];
  readonly files: number;
  readonly denied: number;
  readonly artifacts: number;
}

export function snapshotOf(events: readonly TaskEvent[], count: number, view: TaskView): Snapshot {
  const open = new Map<string, { readonly seq: number; readonly what: string }>();
  const files = new Set<string>();
  let denied = 0;
  for (let index = 0; index < count; index += 1) {
    const event = events[index];
    if (event === undefined) break;
    const { seq, body } = event;
    switch (body.kind) {
      case "step":
        if (body.phase === "started")
          open.set(body.key, { seq, what: `${body.op === "sleep" ? "sleeps" : "step"} ${stepName(body.key)}` });
        else open.delete(body.key);
        break;
      case "scope_request":
        if (body.phase === "requested") open.set(body.approvalId, { seq, what: "waits for an approval" });
        else open.delete(body.approvalId);
        break;
      case "file":
        if (body.outcome === "ok") files.add(body.path);
        else denied += 1;
        break;
      case "egress":
        if (body.decision === "denied") denied += 1;
        break;
      default:
        break;
    }
  }
  const first = events[0];
  const last = events[Math.max(0, count - 1)];
  return {
    elapsedMs: first === undefined || last === undefined ? 0 : Date.parse(last.at) - Date.parse(first.at),
    ...(view.usage === undefined ? {} : { usage: view.usage }),
    open: isTerminal(view.task.status.state) ? [] : [...open.values()],
    files: files.size,
    denied,
    artifacts: view.task.artifacts?.length ?? 0,
  };
}

export interface VisitedState {
  readonly state: string;
  readonly seq: number;
  readonly at: string;
  /** How long it was in it; undefined: it still is. */
  readonly ms?: number;
}

/** The states a task went through, in order, with how long it stayed. */
export function visitedStates(events: readonly TaskEvent[]): readonly VisitedState[] {
  const visited: VisitedState[] = [];
  for (const { seq, at, body } of events) {
    const state =
      body.kind === "accepted" ? "TASK_STATE_SUBMITTED" : body.kind === "status" ? body.status.state : undefined;
    const last = visited.at(-1);
    if (state === undefined || state === last?.state) continue;
    if (last !== undefined) visited[visited.length - 1] = { ...last, ms: Date.parse(at) - Date.parse(last.at) };
    visited.push({ state, seq, at });
  }
  return visited;
}
