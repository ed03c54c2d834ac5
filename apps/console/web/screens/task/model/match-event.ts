import { matchesLog } from "@berth/telemetry";
import type { LogRecord, Query } from "@berth/telemetry";
import type { TaskEvent } from "@berth/protocol";
import { laneOf, wordsOf } from "./event-words.ts";

const SEVERITY = { bad: 17, warn: 13, good: 9, info: 9, plain: 9 } as const;
const known = new WeakMap<TaskEvent, LogRecord>();

/**
 * The query language asks of an event what it asks of a log line: its text is its JSON, `name:` its kind, `level:` how bad it is, and any
 * of its members can be named: `op:read`, `host:api.example.com`, `phase:failed`.
 */
export function matchesEvent(query: Query, event: TaskEvent): boolean {
  let record = known.get(event);
  if (record === undefined) {
    record = toRecord(event);
    known.set(event, record);
  }
  return matchesLog(query, record);
}

function toRecord(event: TaskEvent): LogRecord {
  const { body, taskId } = event;
  const { title, detail, tone } = wordsOf(event);
  const members = Object.entries(body).filter((entry): entry is [string, string | number | boolean] =>
    ["string", "number", "boolean"].includes(typeof entry[1]),
  );
  return {
    atUs: Date.parse(event.at) * 1_000,
    severity: SEVERITY[tone],
    body: `${title}\n${detail}\n${JSON.stringify(body)}`,
    attributes: { ...Object.fromEntries(members), "event.name": body.kind, seq: event.seq, lane: laneOf(event) },
    source: "platform",
    taskId,
    ...(body.kind === "accepted" ? { agent: body.agentName, release: body.releaseId } : {}),
    ...(body.kind === "call" ? { agent: body.agentName } : {}),
    ...(body.kind === "instance" ? { instanceId: body.instanceId } : {}),
  };
}
