import { TaskState } from "@berth/protocol";
import type { TaskEvent, TaskEventBody } from "@berth/protocol";

const START = Date.parse("2026-11-29T10:00:00.000Z");

/** An event so many milliseconds after the start. */
export function eventAt(seq: number, ms: number, body: TaskEventBody): TaskEvent {
  return { taskId: "task_1", seq, at: new Date(START + ms).toISOString(), body };
}

export const ACCEPTED: TaskEventBody = {
  kind: "accepted",
  orgId: "org_1",
  agentId: "agt_1",
  agentName: "atlas",
  releaseId: "rel_1",
  contextId: "ctx_1",
  skill: "brief",
  protocol: "rest",
  principal: { kind: "api_key", id: "key_1" },
  message: { messageId: "m1", role: "ROLE_USER", parts: [{ text: "go" }] },
};

export function statusBody(state: TaskState, text?: string): TaskEventBody {
  return {
    kind: "status",
    status: {
      state,
      ...(text === undefined ? {} : { message: { messageId: `m ${text}`, role: "ROLE_AGENT", parts: [{ text }] } }),
    },
  };
}

export function chunkBody(id: string, text: string, append: boolean): TaskEventBody {
  return { kind: "artifact", artifact: { artifactId: id, parts: [{ text }] }, append };
}

/** A log of `length` events of every kind that matters to a fold, the same for the same seed. */
export function randomLog(seed: number, length: number): readonly TaskEvent[] {
  const random = randomOf(seed);
  const events = [eventAt(1, 0, ACCEPTED), eventAt(2, 5, statusBody(TaskState.Working))];
  const made = new Set<string>();
  let ms = 5;
  while (events.length < length) {
    ms += Math.floor(random() * 400);
    const id = `a${Math.floor(random() * 3)}`;
    const seq = events.length + 1;
    const dice = random();
    if (dice < 0.5) {
      events.push(eventAt(seq, ms, chunkBody(id, `${seq} `, made.has(id) && random() < 0.9)));
      made.add(id);
    } else if (dice < 0.65) events.push(eventAt(seq, ms, statusBody(TaskState.Working, `said ${seq}`)));
    else if (dice < 0.75)
      events.push(eventAt(seq, ms, { kind: "usage", usage: { inputTokens: seq, outputTokens: seq } }));
    else if (dice < 0.85)
      events.push(
        eventAt(seq, ms, {
          kind: "message",
          message: { messageId: `u${seq}`, role: "ROLE_USER", parts: [{ text: "and" }] },
        }),
      );
    else events.push(eventAt(seq, ms, { kind: "file", op: "read", path: `f${seq % 5}`, outcome: "ok", bytes: seq }));
  }
  return events;
}

/** Mulberry32: small, and the same everywhere. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
