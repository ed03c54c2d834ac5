import { clsx } from "clsx";
import { useEffect, useRef, useState } from "react";
import type { KeyboardEvent, MouseEvent } from "react";
import { formatDuration } from "../../ui/time.tsx";
import { Canvas } from "../../ui/canvas.tsx";
import { AXIS_HEIGHT, drawAxis, drawBar } from "./draw-bars.ts";
import type { BarsPicture } from "./draw-bars.ts";
import { selfSegments } from "./model/self-time.ts";
import { endOf } from "./model/trace-tree.ts";
import { between, zoom } from "./model/trace-view.ts";
import { TRACE_READ } from "./trace-queries.ts";
import type { TraceParts } from "./trace-parts.ts";
import { TreeRow } from "./tree-row.tsx";
import { useBoxSize } from "../../ui/use-box-size.ts";

const ROW = 24;
/** Where there is no room beside each other, the name stands above its bar. */
const STACKED_ROW = 44;
const NARROW = 640;

/** The spans as a tree with their bars beside it. The tree is what has the focus and is read; the picture belongs to it. */
export function Waterfall({ parts, label }: { readonly parts: TraceParts; readonly label: string }) {
  const { tree, visible, matches, folded, active, path, options, axis, view, colors, nowUs } = parts;
  const box = useRef<HTMLDivElement>(null);
  const { width, height } = useBoxSize(box);
  const [scrollTop, setScrollTop] = useState(0);
  const isStacked = width < NARROW;
  const rowHeight = isStacked ? STACKED_ROW : ROW;
  const { rows } = visible;
  const bodyHeight = Math.max(0, height - AXIS_HEIGHT);
  const first = Math.max(0, Math.floor(scrollTop / rowHeight));
  const last = Math.min(rows.length, Math.ceil((scrollTop + bodyHeight) / rowHeight) + 1);
  const activeAt = active === undefined ? undefined : tree.bySpanId.get(active);
  const activeRow = activeAt === undefined ? -1 : (visible.rowOf[activeAt] ?? -1);
  const treeWidth = isStacked ? width : Math.round(Math.min(520, Math.max(220, width * 0.34)));
  useEffect(() => {
    if (performance.getEntriesByName(TRACE_READ).length > 0) performance.measure("berth.trace.first-draw", TRACE_READ);
  }, []);
  useEffect(() => {
    const element = box.current;
    if (element === null || activeRow < 0) return;
    const top = activeRow * rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight > element.scrollTop + bodyHeight) element.scrollTop = top + rowHeight - bodyHeight;
  }, [activeRow, rowHeight, bodyHeight]);

  const shown = Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index);
  // What a screen reader is at must be there, also when it is scrolled away.
  if (activeRow >= 0 && (activeRow < first || activeRow >= last)) shown.push(activeRow);
  const picture: BarsPicture = { axis, view, colors, nowUs };
  const draw = (context: CanvasRenderingContext2D, size: { readonly width: number; readonly height: number }): void => {
    drawAxis(context, picture, size);
    context.save();
    context.beginPath();
    context.rect(0, AXIS_HEIGHT, size.width, size.height);
    context.clip();
    for (let row = first; row < last; row += 1) {
      const at = rows[row] ?? 0;
      const span = tree.spans[at];
      if (span === undefined) continue;
      const top = AXIS_HEIGHT + row * rowHeight - scrollTop;
      if (row === activeRow && !isStacked) {
        context.fillStyle = colors.accent;
        context.globalAlpha = 0.1;
        context.fillRect(0, top, size.width, rowHeight);
        context.globalAlpha = 1;
      }
      const segments = path?.get(at);
      const took = formatDuration(endOf(span, nowUs) - span.startUs);
      drawBar(
        context,
        picture,
        {
          span,
          top: isStacked ? top + 25 : top + 5,
          height: 14,
          isDim: matches !== undefined && matches.is[at] === 0,
          label: span.endUs === undefined ? `${took} so far` : took,
          labelOutside: true,
          ...(segments === undefined ? {} : { path: segments }),
          ...(options.self ? { self: selfSegments(tree, at, nowUs) } : {}),
        },
        size.width,
      );
    }
    context.restore();
  };
  const pointer = useBarPointer(parts, { top: scrollTop, rowHeight, box });
  return (
    <div
      ref={box}
      className="relative h-[58dvh] min-h-72 overflow-x-hidden overflow-y-auto rounded-md border border-line bg-panel has-focus-visible:outline-2 has-focus-visible:outline-accent"
      onScroll={({ currentTarget }) => setScrollTop(currentTarget.scrollTop)}
    >
      <div className="sticky top-0 flex overflow-hidden" style={{ height }}>
        <div
          className={clsx("relative z-[1] shrink-0 overflow-hidden", isStacked ? "" : "border-r border-line")}
          style={{ width: treeWidth }}
        >
          <div
            className="flex items-center border-b border-line px-2 text-xs text-muted"
            style={{ height: AXIS_HEIGHT }}
          >
            {isStacked ? undefined : `${rows.length} of ${tree.spans.length} spans`}
          </div>
          <div
            role="tree"
            tabIndex={0}
            aria-label={label}
            {...(activeRow < 0 ? {} : { "aria-activedescendant": `span-${active}` })}
            onKeyDown={(event) => onTreeKey(event, parts)}
            onFocus={() => {
              if (active === undefined) parts.setActive(tree.spans[rows[0] ?? 0]?.spanId, false);
            }}
            className="absolute inset-x-0 bottom-0 overflow-hidden outline-none"
            style={{ top: AXIS_HEIGHT }}
          >
            {shown.map((row) => {
              const at = rows[row] ?? 0;
              const span = tree.spans[at];
              return span === undefined ? undefined : (
                <TreeRow
                  key={span.spanId}
                  id={`span-${span.spanId}`}
                  span={span}
                  depth={tree.depth[at] ?? 0}
                  position={visible.position[row] ?? 1}
                  setSize={visible.setSize[row] ?? 1}
                  below={(tree.end[at] ?? at + 1) - at - 1}
                  isFolded={folded.has(span.spanId)}
                  isActive={span.spanId === active}
                  isDim={matches !== undefined && matches.is[at] === 0}
                  isCritical={path?.has(at) ?? false}
                  top={row * rowHeight - scrollTop}
                  height={rowHeight}
                  onActive={parts.setActive}
                  onFold={parts.toggleFold}
                />
              );
            })}
          </div>
        </div>
        <div className={isStacked ? "absolute inset-0" : "min-w-0 flex-1"} {...pointer.handlers}>
          <Canvas draw={draw} height={height} className="cursor-crosshair" />
          {pointer.marker}
        </div>
      </div>
      <div aria-hidden style={{ height: Math.max(0, rows.length * rowHeight - bodyHeight) }} />
    </div>
  );
}

/** As the ARIA pattern of a tree has it, and Enter for the panel. */
function onTreeKey(event: KeyboardEvent, parts: TraceParts): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { move, active, folded, toggleFold, setActive, tree } = parts;
  const at = active === undefined ? undefined : tree.bySpanId.get(active);
  switch (event.key) {
    case "ArrowDown":
      move(1);
      break;
    case "ArrowUp":
      move(-1);
      break;
    case "PageDown":
      move(15);
      break;
    case "PageUp":
      move(-15);
      break;
    case "Home":
      move(Number.NEGATIVE_INFINITY);
      break;
    case "End":
      move(Number.POSITIVE_INFINITY);
      break;
    case "ArrowRight":
      if (active !== undefined && folded.has(active)) toggleFold(active);
      else move(1);
      break;
    case "ArrowLeft": {
      if (at === undefined || active === undefined) return;
      const hasBelow = (tree.end[at] ?? 0) > at + 1;
      if (hasBelow && !folded.has(active)) toggleFold(active);
      else setActive(tree.spans[tree.parent[at] ?? -1]?.spanId, false);
      break;
    }
    case "Enter":
    case " ":
      setActive(active, true);
      break;
    default:
      return;
  }
  event.preventDefault();
}

interface Place {
  readonly top: number;
  readonly rowHeight: number;
  readonly box: { readonly current: HTMLElement | null };
}

/** Dragging over the bars zooms to what was dragged over; Ctrl with the wheel zooms around the pointer; a click takes the span. */
function useBarPointer(parts: TraceParts, { top, rowHeight }: Place) {
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number; readonly width: number }>();
  const ref = useRef<HTMLDivElement>(null);
  const { view, setView, tree, visible } = parts;
  const state = useRef({ view, setView });
  state.current = { view, setView };
  useEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    const onWheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const { left, width } = element.getBoundingClientRect();
      const { view: now, setView: set } = state.current;
      set(zoom(now, event.deltaY > 0 ? 1.25 : 0.8, now.from + ((event.clientX - left) / width) * (now.to - now.from)));
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, []);
  const xIn = (event: MouseEvent<HTMLElement>): { readonly x: number; readonly width: number } => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - left, width };
  };
  return {
    handlers: {
      ref,
      onMouseDown: (event: MouseEvent<HTMLElement>) => {
        if (event.button !== 0) return;
        const { x, width } = xIn(event);
        setDrag({ from: x, to: x, width });
      },
      onMouseMove: (event: MouseEvent<HTMLElement>) => {
        if (drag !== undefined) setDrag({ ...drag, to: xIn(event).x });
      },
      onMouseLeave: () => setDrag(undefined),
      onMouseUp: (event: MouseEvent<HTMLElement>) => {
        if (drag === undefined) return;
        setDrag(undefined);
        if (Math.abs(drag.to - drag.from) > 4) {
          const place = (x: number): number => view.from + (x / drag.width) * (view.to - view.from);
          setView(between(place(drag.from), place(drag.to)));
          return;
        }
        const y = event.clientY - event.currentTarget.getBoundingClientRect().top - AXIS_HEIGHT;
        const at = y < 0 ? undefined : visible.rows[Math.floor((y + top) / rowHeight)];
        if (at !== undefined) parts.setActive(tree.spans[at]?.spanId, true);
      },
    },
    marker:
      drag === undefined || Math.abs(drag.to - drag.from) <= 4 ? undefined : (
        <div
          aria-hidden
          className="pointer-events-none absolute inset-y-0 border-x border-accent bg-accent/15"
          style={{ left: Math.min(drag.from, drag.to), width: Math.abs(drag.to - drag.from) }}
        />
      ),
  };
}
