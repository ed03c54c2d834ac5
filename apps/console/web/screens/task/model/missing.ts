import { isErased, isTerminal } from "@berth/protocol";
import type { TaskEvent } from "@berth/protocol";
import type { Hole } from "./task-log.ts";

export interface Missing {
  readonly key: string;
  readonly text: string;
  /** Where to look. */
  readonly seq?: number;
}

const SILENCE_MS = 30_000;

/** What this log does not say, so that nobody takes silence for peace. */
export function missingOf(events: readonly TaskEvent[], holes: readonly Hole[], nowMs: number): readonly Missing[] {
  return [...holesOf(holes), ...erasedOf(events), ...silenceOf(events, nowMs), ...untimed(events), ...wordless(events)];
}

function holesOf(holes: readonly Hole[]): readonly Missing[] {
  return holes.map(({ from, to }) => ({
    key: `hole ${from}`,
    seq: Math.max(1, from - 1),
    text: from === to ? `Event ${from} has not come.` : `Events ${from} to ${to} have not come.`,
  }));
}

function erasedOf(events: readonly TaskEvent[]): readonly Missing[] {
  const erased = events.filter(({ body }) => isErased(body));
  const [first] = erased;
  if (first === undefined) return [];
  return [
    {
      key: "erased",
      seq: first.seq,
      text: `The content of ${count(erased.length, "event")} was erased. The receipt still counts them.`,
    },
  ];
}

/** The longest stretch in which the task was working and nothing came. */
function silenceOf(events: readonly TaskEvent[], nowMs: number): readonly Missing[] {
  let longest: { readonly ms: number; readonly seq: number; readonly goesOn: boolean } | undefined;
  let isWorking = false;
  for (const [index, { at, seq, body }] of events.entries()) {
    if (body.kind === "status") isWorking = body.status.state === "TASK_STATE_WORKING";
    // A sleep is no silence: it was announced.
    if (!isWorking || (body.kind === "step" && body.op === "sleep" && body.phase === "started")) continue;
    if (body.kind === "run" && body.phase === "suspended") continue;
    const next = events[index + 1];
    const ms = (next === undefined ? nowMs : Date.parse(next.at)) - Date.parse(at);
    if (ms > SILENCE_MS && ms > (longest?.ms ?? 0)) longest = { ms, seq, goesOn: next === undefined };
  }
  if (longest === undefined) return [];
  const { ms, seq, goesOn } = longest;
  const text = `The agent ${goesOn ? "has been" : "was"} silent for ${Math.round(ms / 1_000)} s behind event ${seq} while it was working.`;
  return [{ key: "silence", seq, text }];
}

function untimed(events: readonly TaskEvent[]): readonly Missing[] {
  const without = events.filter(({ body }) => body.kind === "status" && body.status.timestamp === undefined);
  const [first] = without;
  if (first === undefined) return [];
  return [
    {
      key: "untimed",
      seq: first.seq,
      text: `${count(without.length, "status", "statuses")} came without the agent's time. The platform's is shown.`,
    },
  ];
}

/** Ended without one word: agents of A2A 1.0 that answer with the end alone. */
function wordless(events: readonly TaskEvent[]): readonly Missing[] {
  const end = events.findLast(({ body }) => body.kind === "status" && isTerminal(body.status.state));
  if (end === undefined) return [];
  const spoke = events.some(
    ({ body }) =>
      body.kind === "artifact" ||
      body.kind === "reply" ||
      body.kind === "erased" ||
      (body.kind === "status" && (body.status.message !== undefined || body.erased === true)),
  );
  return spoke
    ? []
    : [{ key: "wordless", seq: end.seq, text: "The agent ended the task without a message and without an artifact." }];
}

function count(n: number, one: string, many: string = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}
