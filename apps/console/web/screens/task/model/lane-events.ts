import { isTerminal } from "@berth/protocol";
import type { TaskEvent, TaskEventKind, TaskState } from "@berth/protocol";
import type { Tone } from "../../../ui/badge.tsx";
import { stateName } from "../../../ui/state-badge.tsx";
import { stepName, wordsOf } from "./event-words.ts";
import type { ChildTask, LaneItem } from "./lanes.ts";

const STATE_TONES: Readonly<Record<string, Tone>> = {
  completed: "good",
  failed: "bad",
  rejected: "bad",
  canceled: "plain",
  "input required": "warn",
  "auth required": "warn",
};
/** Chunks of one artifact that are further apart are drawn apart. */
const CHUNK_PAUSE_MS = 2_000;

/** A bar for each state the task was in; the last one goes on while the task does. */
export function stateItems(events: readonly TaskEvent[]): readonly LaneItem[] {
  const items: LaneItem[] = [];
  let current: { readonly state: string; readonly event: TaskEvent } | undefined;
  const close = (endMs: number): void => {
    if (current === undefined) return;
    const { state, event } = current;
    const name = stateName(state);
    items.push({
      key: `state ${event.seq}`,
      startMs: Date.parse(event.at),
      ...(Number.isFinite(endMs) ? { endMs } : {}),
      label: name,
      detail: `since ${event.at}`,
      tone: STATE_TONES[name] ?? "info",
      seq: event.seq,
      isIdle: true,
    });
  };
  for (const event of events) {
    const state =
      event.body.kind === "accepted"
        ? "TASK_STATE_SUBMITTED"
        : event.body.kind === "status"
          ? event.body.status.state
          : undefined;
    if (state === undefined || state === current?.state) continue;
    close(Date.parse(event.at));
    current = { state, event };
  }
  // States come from the platform's own log.
  if (current !== undefined)
    close(isTerminal(current.state as TaskState) ? Date.parse(current.event.at) : Number.POSITIVE_INFINITY);
  return items;
}

export function eventTicks(events: readonly TaskEvent[], kinds: readonly TaskEventKind[]): readonly LaneItem[] {
  return events.filter(({ body }) => kinds.includes(body.kind)).map(tick);
}

function tick(event: TaskEvent): LaneItem {
  const { title, detail, tone } = wordsOf(event);
  const ms = Date.parse(event.at);
  return { key: `event ${event.seq}`, startMs: ms, endMs: ms, label: title, detail, tone, seq: event.seq };
}

/** From the first to the last chunk of each artifact, and the agent's messages in between. */
export function outputItems(events: readonly TaskEvent[]): readonly LaneItem[] {
  const items: LaneItem[] = [];
  const open = new Map<string, { start: TaskEvent; end: TaskEvent; chunks: number; label: string }>();
  const close = (id: string): void => {
    const run = open.get(id);
    if (run === undefined) return;
    open.delete(id);
    items.push({
      key: `artifact ${run.start.seq}`,
      startMs: Date.parse(run.start.at),
      endMs: Date.parse(run.end.at),
      label: run.label,
      detail: run.chunks === 1 ? "whole" : `${run.chunks} chunks`,
      tone: "good",
      seq: run.end.seq,
    });
  };
  for (const event of events) {
    if (event.body.kind !== "artifact") continue;
    const { artifact } = event.body;
    const id = artifact.artifactId;
    const known = open.get(id);
    const isNext = known !== undefined && Date.parse(event.at) - Date.parse(known.end.at) < CHUNK_PAUSE_MS;
    if (isNext) {
      known.end = event;
      known.chunks += 1;
      continue;
    }
    close(id);
    open.set(id, { start: event, end: event, chunks: 1, label: artifact.name ?? id });
  }
  for (const id of open.keys()) close(id);
  return items.toSorted((a, b) => a.startMs - b.startMs);
}

/** Operations of a durable run by their key, from start to end; sleeps are waiting. */
export function stepItems(events: readonly TaskEvent[]): readonly LaneItem[] {
  const open = new Map<string, TaskEvent>();
  const items: LaneItem[] = [];
  const ends = endsOfTask(events);
  const add = (start: TaskEvent, end: TaskEvent | undefined): void => {
    if (start.body.kind !== "step") return;
    const { key, op } = start.body;
    const until = op === "sleep" ? start.body.until : undefined;
    const endMs = end === undefined ? (until === undefined ? ends : Date.parse(until)) : Date.parse(end.at);
    const failed = end?.body.kind === "step" && end.body.phase === "failed";
    items.push({
      key: `step ${start.seq}`,
      startMs: Date.parse(start.at),
      ...(endMs === undefined ? {} : { endMs: Math.max(endMs, Date.parse(start.at)) }),
      label: stepName(key),
      detail: end === undefined ? (until === undefined ? "under way" : `sleeps until ${until}`) : wordsOf(end).detail,
      tone: failed ? "bad" : end === undefined && op !== "sleep" ? "info" : op === "sleep" ? "plain" : "good",
      seq: (end ?? start).seq,
      ...(op === "sleep" || op === "scope" ? { isIdle: true } : {}),
    });
  };
  for (const event of events) {
    if (event.body.kind !== "step") continue;
    const { key, phase } = event.body;
    const start = open.get(key);
    if (phase === "started") {
      if (start !== undefined) add(start, event);
      open.set(key, event);
    } else {
      add(start ?? event, event);
      open.delete(key);
    }
  }
  for (const start of open.values()) add(start, undefined);
  return items;
}

/** A call is told when it is over, with how long it took. */
export function modelItems(events: readonly TaskEvent[]): readonly LaneItem[] {
  return events.flatMap((event): LaneItem[] => {
    if (event.body.kind === "usage") return [tick(event)];
    if (event.body.kind !== "model") return [];
    const endMs = Date.parse(event.at);
    return [{ ...tick(event), startMs: endMs - event.body.latencyMs, endMs }];
  });
}

export function callItems(events: readonly TaskEvent[], children: ReadonlyMap<string, ChildTask>): readonly LaneItem[] {
  const ends = endsOfTask(events);
  return events.flatMap((event): LaneItem[] => {
    if (event.body.kind !== "call") return [];
    const child = children.get(event.body.childTaskId);
    const startMs = Date.parse(event.at);
    const endMs = child?.endedAt === undefined ? ends : Date.parse(child.endedAt);
    const name = child === undefined ? undefined : stateName(child.state);
    const { endMs: _moment, ...rest } = tick(event);
    return [
      {
        ...rest,
        ...(endMs === undefined ? {} : { endMs: Math.max(startMs, endMs) }),
        detail: [event.body.skill, name, event.body.childTaskId].filter((text) => text !== undefined).join(", "),
        tone: name === "failed" || name === "rejected" ? "bad" : "info",
      },
    ];
  });
}

/** Requests are bars from the question to the decision: somebody waits for somebody. */
export function authorityItems(events: readonly TaskEvent[]): readonly LaneItem[] {
  const decided = new Map<string, TaskEvent>();
  for (const event of events) {
    if (event.body.kind === "scope_request" && event.body.phase !== "requested")
      decided.set(event.body.approvalId, event);
  }
  const ends = endsOfTask(events);
  return events.flatMap((event): LaneItem[] => {
    if (event.body.kind === "grant") return [tick(event)];
    if (event.body.kind !== "scope_request" || event.body.phase !== "requested") return [];
    const end = decided.get(event.body.approvalId);
    const { endMs: _moment, ...rest } = tick(event);
    const endMs = end === undefined ? ends : Date.parse(end.at);
    const words = wordsOf(end ?? event);
    return [{ ...rest, ...(endMs === undefined ? {} : { endMs }), label: words.title, tone: words.tone, isIdle: true }];
  });
}

/** When the task ended: nothing of it goes on after that. */
function endsOfTask(events: readonly TaskEvent[]): number | undefined {
  const end = events.findLast(({ body }) => body.kind === "status" && isTerminal(body.status.state));
  return end === undefined ? undefined : Date.parse(end.at);
}
