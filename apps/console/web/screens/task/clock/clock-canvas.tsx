import { useEffect, useEffectEvent, useMemo, useRef, useState } from "react";
import type { KeyboardEvent, PointerEvent } from "react";
import { Canvas } from "../../../ui/canvas.tsx";
import { useCanvasColors } from "../../../ui/canvas-colors.ts";
import type { LaneItem } from "../model/lanes.ts";
import { toAxis } from "../../../ui/time-scale.ts";
import type { Interval } from "../../../ui/time-scale.ts";
import { drawClock } from "./clock-draw.ts";
import type { ClockPicture } from "./clock-draw.ts";
import { fromX, hit, momentsOf, shiftView, zoomView } from "./clock-layout.ts";
import type { View } from "./clock-layout.ts";

const DRAG_PX = 5;

export interface ClockCanvasProps {
  readonly picture: Omit<ClockPicture, "colors">;
  readonly height: number;
  readonly onView: (view: View | undefined) => void;
  readonly onCursor: (ms: number | undefined) => void;
  readonly onBrush: (brush: Interval | undefined) => void;
  readonly onOpen: (item: LaneItem) => void;
}

/** The lanes as a picture, with a pointer and with keys. What it shows is told below it, and by the table. */
export function ClockCanvas({ picture, height, onView, onCursor, onBrush, onOpen }: ClockCanvasProps) {
  const { lanes, places, scale, view, cursorMs } = picture;
  const colors = useCanvasColors();
  const box = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<{
    readonly fromMs: number;
    readonly x: number;
    readonly toMs: number;
    readonly isBrush: boolean;
  }>();
  const [isHit, setHit] = useState(false);
  const brush = drag?.isBrush === true ? ordered(drag.fromMs, drag.toMs) : picture.brush;
  const draw = useMemo(
    () => drawClock({ ...picture, colors, ...(brush === undefined ? {} : { brush }) }),
    // The picture is made anew with each render: its parts say whether it is another one.
    [picture, colors, brush],
  );
  const place = (event: { readonly clientX: number; readonly clientY: number }) => {
    const rect = box.current?.getBoundingClientRect();
    const width = rect?.width ?? 1;
    const x = event.clientX - (rect?.left ?? 0);
    return { x, y: event.clientY - (rect?.top ?? 0), width, ms: fromX(scale, view, x, width) };
  };
  const itemAtPoint = (event: { readonly clientX: number; readonly clientY: number }): LaneItem | undefined => {
    const { x, y, width } = place(event);
    return hit({ ...picture, width }, x, y);
  };

  function onMove(event: PointerEvent) {
    const { x, ms } = place(event);
    onCursor(ms);
    if (drag === undefined) {
      setHit(itemAtPoint(event) !== undefined);
      return;
    }
    setDrag({ ...drag, toMs: ms, isBrush: drag.isBrush || Math.abs(x - drag.x) > DRAG_PX });
  }
  function onDown(event: PointerEvent) {
    if (event.button !== 0 || event.pointerType === "touch") return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const { x, ms } = place(event);
    setDrag({ fromMs: ms, toMs: ms, x, isBrush: false });
  }
  function onUp(event: PointerEvent) {
    const ended = drag;
    setDrag(undefined);
    if (ended?.isBrush === true) {
      onBrush(ordered(ended.fromMs, ended.toMs));
      return;
    }
    const item = itemAtPoint(event);
    if (item !== undefined) onOpen(item);
  }
  function onKeyDown(event: KeyboardEvent) {
    const moments = momentsOf(lanes);
    const from = cursorMs ?? moments[0] ?? 0;
    const walk = (by: 1 | -1): number =>
      (by === 1 ? moments.find((ms) => ms > from + 0.01) : moments.findLast((ms) => ms < from - 0.01)) ?? from;
    const middle = toAxis(scale, from);
    if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      const to = walk(event.key === "ArrowRight" ? 1 : -1);
      onCursor(to);
      if (event.shiftKey) {
        // The end that is under the cursor moves, the other one stays.
        const anchor =
          picture.brush === undefined
            ? from
            : Math.abs(picture.brush.fromMs - from) < 1
              ? picture.brush.toMs
              : picture.brush.fromMs;
        onBrush(ordered(anchor, to));
      }
      const at = toAxis(scale, to);
      if (at < view.from || at > view.to) onView(shiftView(view, scale.length, at - (view.from + view.to) / 2));
    } else if (event.key === "+" || event.key === "=") onView(zoomView(view, scale.length, 0.5, middle));
    else if (event.key === "-") onView(zoomView(view, scale.length, 2, middle));
    else if (event.key === "0") onView(undefined);
    else if (event.key === "Escape" && picture.brush !== undefined) onBrush(undefined);
    else if (event.key === "Enter") {
      const item = lanes.flatMap(({ items }) => items).find(({ startMs }) => Math.abs(startMs - from) < 0.5);
      if (item !== undefined) onOpen(item);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
  // React's wheel listeners are passive and could not keep the page from scrolling.
  const onWheel = useEffectEvent((event: WheelEvent) => {
    const { x, width } = place(event);
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      onView(
        zoomView(view, scale.length, Math.exp(event.deltaY / 200), view.from + (x / width) * (view.to - view.from)),
      );
    } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      onView(shiftView(view, scale.length, (event.deltaX / width) * (view.to - view.from)));
    }
  });
  useEffect(() => {
    const element = box.current;
    const listen = (event: WheelEvent): void => onWheel(event);
    element?.addEventListener("wheel", listen, { passive: false });
    return () => element?.removeEventListener("wheel", listen);
  }, []);
  return (
    <div className="flex min-w-0 rounded-md border border-line bg-panel">
      <ul className="w-24 shrink-0 border-r border-line text-xs md:w-36" aria-label="Lanes">
        <li aria-hidden style={{ height: places[0]?.top ?? 0 }} />
        {lanes.map(({ id, label, items }, index) => (
          <li
            key={id}
            className="flex items-start gap-1 overflow-hidden px-2 pt-1"
            style={{ height: places[index]?.height ?? 0 }}
          >
            <span className="min-w-0 truncate" title={label}>
              {label}
            </span>
            <span className="ml-auto text-muted tabular-nums">{items.length}</span>
          </li>
        ))}
      </ul>
      <div
        ref={box}
        role="group"
        tabIndex={0}
        aria-label="One clock. Left and right walk over all lanes, Shift selects a range, plus and minus zoom, Enter opens."
        className={`min-w-0 flex-1 touch-pan-y select-none ${isHit ? "cursor-pointer" : "cursor-crosshair"}`}
        onPointerMove={onMove}
        onPointerDown={onDown}
        onPointerUp={onUp}
        onPointerLeave={() => {
          if (drag === undefined) onCursor(undefined);
        }}
        onKeyDown={onKeyDown}
      >
        <Canvas draw={draw} height={height} />
      </div>
    </div>
  );
}

function ordered(a: number, b: number): Interval {
  return { fromMs: Math.min(a, b), toMs: Math.max(a, b) };
}
