import { useRef, useState } from "react";
import type { KeyboardEvent, PointerEvent } from "react";
import { formatDuration } from "../../ui/time.tsx";
import { Canvas } from "../../ui/canvas.tsx";
import { placeOf, timeAt } from "./model/time-axis.ts";
import { endOf } from "./model/trace-tree.ts";
import { between, pan } from "./model/trace-view.ts";
import type { TraceParts } from "./trace-parts.ts";

const HEIGHT = 56;
const STEP = 0.02;

/** The whole trace, with the part that is in sight: dragging chooses another, its edges are sliders for the keys. */
export function Minimap({ parts }: { readonly parts: TraceParts }) {
  const { tree, axis, colors, nowUs, view, setView, matches } = parts;
  const box = useRef<HTMLDivElement>(null);
  const [from, setFrom] = useState<number>();
  const draw = (
    context: CanvasRenderingContext2D,
    { width, height }: { readonly width: number; readonly height: number },
  ): void => {
    const count = tree.spans.length;
    const tall = Math.max(1, Math.min(4, (height - 4) / Math.max(1, count)));
    // Errors last, so that nothing covers them.
    for (const pass of [0, 1]) {
      context.fillStyle = pass === 0 ? colors.strong : colors.tone.bad;
      for (let at = 0; at < count; at += 1) {
        const span = tree.spans[at];
        if (span === undefined || (span.status === "error") !== (pass === 1)) continue;
        context.globalAlpha = matches === undefined || matches.is[at] === 1 ? (pass === 0 ? 0.7 : 1) : 0.15;
        const x = placeOf(axis, span.startUs) * width;
        const y = 2 + (at / Math.max(1, count)) * (height - 4);
        context.fillRect(x, y, Math.max(1, placeOf(axis, endOf(span, nowUs)) * width - x), tall);
      }
    }
    context.globalAlpha = 1;
  };
  const placeIn = (event: PointerEvent): number => {
    const { left = 0, width = 1 } = box.current?.getBoundingClientRect() ?? {};
    return (event.clientX - left) / width;
  };
  const slider = (edge: "from" | "to") => ({
    role: "slider",
    tabIndex: 0,
    "aria-label": edge === "from" ? "Start of what is shown" : "End of what is shown",
    "aria-valuemin": 0,
    "aria-valuemax": 100,
    "aria-valuenow": Math.round(view[edge] * 100),
    "aria-valuetext": formatDuration(timeAt(axis, view[edge]) - axis.startUs),
    onKeyDown: (event: KeyboardEvent) => {
      const by = {
        ArrowLeft: -STEP,
        ArrowDown: -STEP,
        ArrowRight: STEP,
        ArrowUp: STEP,
        PageUp: 5 * STEP,
        PageDown: -5 * STEP,
        Home: -1,
        End: 1,
      }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      const moved = Math.min(1, Math.max(0, view[edge] + by));
      setView(
        edge === "from"
          ? between(Math.min(moved, view.to - 1e-4), view.to)
          : between(view.from, Math.max(moved, view.from + 1e-4)),
      );
    },
    className:
      "absolute inset-y-0 z-[1] w-6 -translate-x-1/2 cursor-ew-resize after:absolute after:inset-y-0 after:left-1/2 after:w-1 after:-translate-x-1/2 after:rounded after:bg-accent",
    style: { left: `${view[edge] * 100}%` },
  });
  const grab = (edge: "from" | "to") => ({
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      event.stopPropagation();
      event.currentTarget.setPointerCapture(event.pointerId);
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
      setView(
        edge === "from"
          ? between(Math.min(placeIn(event), view.to - 1e-4), view.to)
          : between(view.from, Math.max(placeIn(event), view.from + 1e-4)),
      );
    },
  });
  return (
    <div className="px-3">
      <div
        ref={box}
        className="relative cursor-crosshair touch-none border border-line bg-panel"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setFrom(placeIn(event));
        }}
        onPointerMove={(event) => {
          if (from !== undefined) setView(between(from, placeIn(event)));
        }}
        onPointerUp={(event) => {
          const at = placeIn(event);
          // A click brings that place into the middle.
          if (from !== undefined && Math.abs(at - from) < 0.005) setView(pan(view, at - (view.from + view.to) / 2));
          setFrom(undefined);
        }}
        onPointerCancel={() => setFrom(undefined)}
      >
        <Canvas draw={draw} height={HEIGHT} />
        <div
          aria-hidden
          className="pointer-events-none absolute inset-y-0 left-0 bg-sunken/80"
          style={{ width: `${view.from * 100}%` }}
        />
        <div
          aria-hidden
          className="pointer-events-none absolute inset-y-0 right-0 bg-sunken/80"
          style={{ width: `${(1 - view.to) * 100}%` }}
        />
        <div {...slider("from")} {...grab("from")} />
        <div {...slider("to")} {...grab("to")} />
      </div>
    </div>
  );
}
