import { ChevronLeft, ChevronRight, Pause, Play, Radio, Repeat, SkipBack, SkipForward } from "lucide-react";
import { useMemo } from "react";
import type { TaskEvent } from "@berth/protocol";
import { Button } from "../../../ui/button.tsx";
import { formatDuration } from "../../../ui/time.tsx";
import { useKeys } from "../../../shell/keys.ts";
import { Canvas } from "../../../ui/canvas.tsx";
import { useCanvasColors } from "../../../ui/canvas-colors.ts";
import { wordsOf } from "../model/event-words.ts";
import { SPEEDS, indexOfSeq, step } from "../model/playback.ts";
import type { PlayState } from "../model/playback.ts";
import { visitedStates } from "../model/snapshot.ts";
import type { Player } from "./player.ts";
import { drawStrip, marksOf } from "./scrub-strip.ts";

export interface TimeMachineProps {
  readonly player: Player;
  readonly state: PlayState;
  readonly events: readonly TaskEvent[];
  readonly version: number;
  readonly isOver: boolean;
}

/** The scrubber over the recorded log. Live is its right edge. */
export function TimeMachine({ player, state, events, version, isOver }: TimeMachineProps) {
  const colors = useCanvasColors();
  const last = events.length - 1;
  const index = state.seq === undefined ? last : Math.max(0, indexOfSeq(events, state.seq));
  const event = events[index];
  const loop = state.loop;
  // The list grows in place: its version says so.
  const marks = useMemo(() => marksOf(events), [events, version]);
  const states = useMemo(() => visitedStates(events), [events, version]);
  const draw = useMemo(
    () => drawStrip({ events, marks, states, index, colors, ...(loop === undefined ? {} : { loop }) }),
    [events, marks, states, index, colors, loop],
  );
  const go = (by: 1 | -1): void => player.seek(step(events, state.seq, by));
  useKeys(
    useMemo(
      () => [
        { keys: ",", does: "One event back", run: () => player.seek(step(events, player.state().seq, -1)) },
        { keys: ".", does: "One event on", run: () => player.seek(step(events, player.state().seq, 1)) },
        { keys: " ", does: "Play or pause the recording", run: () => player.toggle() },
        { keys: "Home", does: "To the first event", run: () => player.seek(events[0]?.seq) },
        { keys: "End", does: "To the end, live", run: () => player.seek(undefined) },
      ],
      [player, events],
    ),
  );
  const isLive = state.seq === undefined;
  const words = event === undefined ? undefined : wordsOf(event);
  const startMs = Date.parse(events[0]?.at ?? "");
  return (
    <section aria-label="Time machine" className="rounded-lg border border-line bg-panel">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1.5 px-3 pt-2">
        <div className="flex items-center gap-0.5">
          <Button look="quiet" small aria-label="To the first event" onClick={() => player.seek(events[0]?.seq)}>
            <SkipBack size={15} aria-hidden />
          </Button>
          <Button look="quiet" small aria-label="One event back" onClick={() => go(-1)}>
            <ChevronLeft size={16} aria-hidden />
          </Button>
          <Button
            small
            aria-label={state.isPlaying ? "Pause" : "Play"}
            onClick={() => player.toggle()}
            disabled={last < 1}
          >
            {state.isPlaying ? <Pause size={15} aria-hidden /> : <Play size={15} aria-hidden />}
          </Button>
          <Button look="quiet" small aria-label="One event on" onClick={() => go(1)} disabled={isLive}>
            <ChevronRight size={16} aria-hidden />
          </Button>
          <Button look="quiet" small aria-label="To the end" onClick={() => player.seek(undefined)} disabled={isLive}>
            <SkipForward size={15} aria-hidden />
          </Button>
        </div>
        <label className="flex items-center gap-1 text-xs">
          <span className="sr-only">Speed</span>
          <select
            value={state.speed}
            onChange={({ currentTarget }) => player.setSpeed(Number(currentTarget.value))}
            className="min-h-6 rounded-md border border-line-strong bg-panel px-1"
          >
            {SPEEDS.map((speed) => (
              <option key={speed} value={speed}>
                {speed}x
              </option>
            ))}
          </select>
        </label>
        <LoopButtons player={player} state={state} events={events} seq={event?.seq} />
        <p className="min-w-0 flex-1 truncate text-xs text-muted tabular-nums max-md:order-last max-md:basis-full">
          <span className="font-mono text-text">
            {event?.seq ?? 0}/{events[last]?.seq ?? 0}
          </span>
          {event === undefined ? undefined : (
            <>
              {" "}
              +{formatDuration(Math.max(0, Date.parse(event.at) - startMs) * 1_000)} · {event.at.slice(11, 23)} ·{" "}
              <span className="text-text">{words?.title}</span> {words?.detail.slice(0, 120)}
            </>
          )}
        </p>
        <Button
          small
          look={isLive ? "quiet" : "primary"}
          className="ml-auto"
          aria-pressed={isLive}
          onClick={() => player.seek(undefined)}
        >
          <Radio size={14} aria-hidden />
          {isOver ? (isLive ? "As it ended" : "Show the end") : isLive ? "Live" : "Back to live"}
        </Button>
      </div>
      <div className="relative mx-3 mt-1.5 mb-2 overflow-hidden rounded focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-accent">
        <Canvas draw={draw} height={34} />
        <input
          type="range"
          aria-label="Event of the recording"
          aria-valuetext={event === undefined ? "nothing yet" : `event ${event.seq}, ${words?.title ?? ""}`}
          min={0}
          max={Math.max(0, last)}
          value={Math.max(0, index)}
          onChange={({ currentTarget }) => {
            const at = Number(currentTarget.value);
            player.seek(at >= last ? undefined : events[at]?.seq);
          }}
          className="absolute inset-0 h-full w-full cursor-ew-resize appearance-none opacity-0 [&::-moz-range-thumb]:w-px [&::-webkit-slider-thumb]:w-px [&::-webkit-slider-thumb]:appearance-none"
        />
      </div>
      {isLive && !state.isPlaying ? undefined : (
        <p className="border-t border-line px-3 py-1 text-xs text-muted">
          This replays what was recorded. Nothing runs again: no tool, no model and no side effect.
        </p>
      )}
    </section>
  );
}

/** The range to repeat: its ends are where the playhead stands. */
function LoopButtons({
  player,
  state: { loop },
  events,
  seq,
}: {
  readonly player: Player;
  readonly state: PlayState;
  readonly events: readonly TaskEvent[];
  readonly seq: number | undefined;
}) {
  const first = events[0]?.seq;
  const last = events.at(-1)?.seq;
  if (seq === undefined || first === undefined || last === undefined) return undefined;
  return (
    <div className="flex items-center gap-0.5 text-xs">
      <Button
        look="quiet"
        small
        aria-label="Loop begins here"
        onClick={() => player.setLoop({ from: seq, to: Math.max(seq, loop?.to ?? last) })}
      >
        [
      </Button>
      <Button
        look="quiet"
        small
        aria-label={loop === undefined ? "Loop" : `Loop from event ${loop.from} to ${loop.to}, end it`}
        aria-pressed={loop !== undefined}
        className={loop === undefined ? "" : "text-accent-text"}
        onClick={() => player.setLoop(loop === undefined ? { from: first, to: last } : undefined)}
      >
        <Repeat size={14} aria-hidden />
        {loop === undefined ? undefined : (
          <span className="tabular-nums">
            {loop.from}–{loop.to}
          </span>
        )}
      </Button>
      <Button
        look="quiet"
        small
        aria-label="Loop ends here"
        onClick={() => player.setLoop({ from: Math.min(seq, loop?.from ?? first), to: seq })}
      >
        ]
      </Button>
    </div>
  );
}
