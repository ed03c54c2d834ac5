import { useMemo, useRef, useState } from "react";
import { plainText } from "../../ui/plain-text.ts";
import { formatDuration } from "../../ui/time.tsx";
import { Canvas } from "../../ui/canvas.tsx";
import { AXIS_HEIGHT, drawAxis, drawBar, xOf } from "./draw-bars.ts";
import type { BarsPicture } from "./draw-bars.ts";
import { KIND_LOOKS, summaryFor } from "./kind-look.tsx";
import { layoutFlame } from "./model/flame-layout.ts";
import { endOf } from "./model/trace-tree.ts";
import type { TraceParts } from "./trace-parts.ts";
import { useBoxSize } from "../../ui/use-box-size.ts";

const ROW = 24;

/** All bars over each other by who waits for whom. The arrow keys walk it as the tree does; the table says the same in text. */
export function Flame({ parts }: { readonly parts: TraceParts }) {
  const { tree, axis, view, colors, nowUs, matches, active, path, options, setActive, move } = parts;
  const box = useRef<HTMLDivElement>(null);
  const { height } = useBoxSize(box);
  const [scrollTop, setScrollTop] = useState(0);
  const layout = useMemo(() => layoutFlame(tree, nowUs), [tree, nowUs]);
  const picture: BarsPicture = { axis, view, colors, nowUs };
  const activeAt = active === undefined ? undefined : tree.bySpanId.get(active);
  const activeSpan = activeAt === undefined ? undefined : tree.spans[activeAt];
  const draw = (context: CanvasRenderingContext2D, size: { readonly width: number; readonly height: number }): void => {
    drawAxis(context, picture, size);
    context.save();
    context.beginPath();
    context.rect(0, AXIS_HEIGHT, size.width, size.height);
    context.clip();
    for (const [at, span] of tree.spans.entries()) {
      const top = AXIS_HEIGHT + (layout.row[at] ?? 0) * ROW - scrollTop;
      if (top + ROW < AXIS_HEIGHT || top > size.height) continue;
      const segments = path?.get(at);
      drawBar(
        context,
        picture,
        {
          span,
          top: top + 2,
          height: ROW - 4,
          isDim: (matches !== undefined && matches.is[at] === 0) || (options.errors && span.status !== "error"),
          label: span.name,
          labelOutside: false,
          ...(segments === undefined ? {} : { path: segments }),
        },
        size.width,
      );
      if (at !== activeAt) continue;
      const x = Math.max(-4, xOf(picture, span.startUs, size.width));
      context.strokeStyle = colors.text;
      context.lineWidth = 2;
      context.strokeRect(
        x,
        top + 1,
        Math.max(3, Math.min(size.width + 4, xOf(picture, endOf(span, nowUs), size.width)) - x),
        ROW - 2,
      );
    }
    context.restore();
  };
  return (
    <div
      ref={box}
      role="application"
      tabIndex={0}
      aria-label="Flame graph"
      aria-roledescription="flame graph: arrow keys walk over the spans, Enter shows one"
      className="relative h-[58dvh] min-h-72 overflow-x-hidden overflow-y-auto rounded-md border border-line bg-panel"
      onScroll={({ currentTarget }) => setScrollTop(currentTarget.scrollTop)}
      onKeyDown={(event) => {
        if (event.key === "ArrowDown" || event.key === "ArrowRight") move(1);
        else if (event.key === "ArrowUp" || event.key === "ArrowLeft") move(-1);
        else if (event.key === "Enter") setActive(active, true);
        else return;
        event.preventDefault();
      }}
    >
      <div className="sticky top-0 overflow-hidden" style={{ height }}>
        <div
          onClick={(event) => {
            const { left, top, width } = event.currentTarget.getBoundingClientRect();
            const [x, y] = [event.clientX - left, event.clientY - top - AXIS_HEIGHT];
            if (y < 0) return;
            const row = Math.floor((y + scrollTop) / ROW);
            const found = tree.spans.find(
              (span, at) =>
                layout.row[at] === row &&
                x >= xOf(picture, span.startUs, width) - 2 &&
                x <= xOf(picture, endOf(span, nowUs), width) + 2,
            );
            if (found !== undefined) setActive(found.spanId, true);
          }}
        >
          <Canvas draw={draw} height={height} className="cursor-pointer" />
        </div>
      </div>
      <div aria-hidden style={{ height: Math.max(0, layout.rowCount * ROW - Math.max(0, height - AXIS_HEIGHT)) }} />
      <p aria-live="polite" className="sr-only">
        {activeSpan === undefined
          ? ""
          : `${plainText(activeSpan.name)}, ${KIND_LOOKS[summaryFor(activeSpan).kind].label}, ${formatDuration(endOf(activeSpan, nowUs) - activeSpan.startUs)}`}
      </p>
    </div>
  );
}
