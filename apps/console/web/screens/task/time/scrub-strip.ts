import type { TaskEvent } from "@berth/protocol";
import type { CanvasColors } from "../../../ui/canvas-colors.ts";
import type { Draw } from "../../../ui/canvas.tsx";
import type { VisitedState } from "../model/snapshot.ts";
import { laneOf, wordsOf } from "../model/event-words.ts";
import { indexOfSeq } from "../model/playback.ts";
import { stateName } from "../../../ui/state-badge.tsx";
import type { Tone } from "../../../ui/badge.tsx";

export interface StripMark {
  readonly weight: number;
  readonly tone: Tone;
}

export interface StripInput {
  readonly events: readonly TaskEvent[];
  /** Of each event, see `marksOf`. */
  readonly marks: readonly StripMark[];
  readonly states: readonly VisitedState[];
  readonly index: number;
  readonly loop?: { readonly from: number; readonly to: number };
  readonly colors: CanvasColors;
}

const BAND = 8;

/** Below, the states that the task was in; above, an event per column, the ones that matter most taller. What is to come is pale. */
export function drawStrip({ events, marks, states, index, loop, colors }: StripInput): Draw {
  return (context, { width, height }) => {
    const x = (at: number): number => (events.length < 2 ? width : (at / (events.length - 1)) * (width - 2) + 1);
    const head = x(index);
    context.fillStyle = colors.sunken;
    context.fillRect(0, 0, width, height);
    for (const [at, { state, seq }] of states.entries()) {
      const next = states[at + 1];
      // The state it ended in has no length and is seen all the same.
      const from = Math.min(width - 6, x(Math.max(0, indexOfSeq(events, seq))));
      const to = next === undefined ? width : x(indexOfSeq(events, next.seq));
      context.fillStyle = colors.tone[stateTone(state)];
      context.globalAlpha = 0.85;
      context.fillRect(from, height - BAND, Math.max(2, to - from), BAND);
    }
    const columns = new Map<number, { weight: number; tone: Tone }>();
    for (const [at, mark] of marks.entries()) {
      const column = Math.round(x(at));
      if (mark.weight >= (columns.get(column)?.weight ?? 0)) columns.set(column, mark);
    }
    const room = height - BAND - 3;
    for (const [column, { weight, tone }] of columns) {
      context.globalAlpha = column <= head + 0.5 ? 1 : 0.35;
      context.fillStyle = tone === "plain" ? colors.strong : colors.tone[tone];
      const tall = Math.max(3, room * weight);
      context.fillRect(column - 0.75, height - BAND - 2 - tall, 1.5, tall);
    }
    context.globalAlpha = 1;
    if (loop !== undefined) {
      const from = x(indexOfSeq(events, loop.from));
      const to = x(indexOfSeq(events, loop.to));
      context.strokeStyle = colors.accent;
      context.lineWidth = 2;
      context.strokeRect(from, 1, Math.max(2, to - from), height - 2);
    }
    context.fillStyle = colors.panel;
    context.globalAlpha = 0.45;
    context.fillRect(head, 0, width - head, height);
    context.globalAlpha = 1;
    context.fillStyle = colors.accent;
    context.fillRect(Math.min(width - 2, Math.max(0, head - 1)), 0, 2, height);
  };
}

export function marksOf(events: readonly TaskEvent[]): readonly StripMark[] {
  return events.map(markOf);
}

function markOf(event: TaskEvent): StripMark {
  const { tone } = wordsOf(event);
  if (tone === "bad") return { weight: 1, tone };
  if (tone === "warn") return { weight: 0.85, tone };
  if (event.body.kind === "artifact") return { weight: 0.3, tone: "plain" };
  return { weight: laneOf(event) === "a2a" ? 0.65 : 0.5, tone };
}

export function stateTone(state: string): Tone {
  const name = stateName(state);
  if (name === "completed") return "good";
  if (name === "failed" || name === "rejected") return "bad";
  return name.endsWith("required") ? "warn" : name === "working" ? "info" : "plain";
}
