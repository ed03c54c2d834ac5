import { formatDuration } from "../../../ui/time.tsx";
import type { CanvasColors } from "../../../ui/canvas-colors.ts";
import type { Draw } from "../../../ui/canvas.tsx";
import type { Lane, LaneItem } from "../model/lanes.ts";
import { ticksOf } from "../../../ui/time-scale.ts";
import type { Interval, TimeScale } from "../../../ui/time-scale.ts";
import { AXIS_HEIGHT, LANE_GAP, ROW_HEIGHT, toX } from "./clock-layout.ts";
import type { LanePlace, View } from "./clock-layout.ts";

export interface ClockPicture {
  readonly lanes: readonly Lane[];
  readonly places: readonly LanePlace[];
  readonly scale: TimeScale;
  readonly view: View;
  readonly colors: CanvasColors;
  readonly nowMs: number;
  /** Where the playhead stands; absent: live. */
  readonly headMs?: number;
  readonly cursorMs?: number;
  readonly brush?: Interval;
}

export function drawClock(picture: ClockPicture): Draw {
  const { lanes, places, scale, view, colors, nowMs, headMs, cursorMs, brush } = picture;
  return (context, { width, height }) => {
    const x = (ms: number): number => toX(scale, view, ms, width);
    context.font = `11px ${colors.mono}`;
    context.textBaseline = "middle";
    for (const [index, place] of places.entries()) {
      if (index % 2 === 1) continue;
      context.fillStyle = colors.sunken;
      context.globalAlpha = 0.6;
      context.fillRect(0, place.top, width, place.height);
    }
    context.globalAlpha = 1;
    drawAxis(context, picture, width, height);
    for (const [index, lane] of lanes.entries()) {
      const place = places[index];
      if (place === undefined) continue;
      for (const [at, item] of lane.items.entries()) {
        context.globalAlpha = headMs !== undefined && item.startMs > headMs ? 0.25 : 1;
        drawItem(context, {
          item,
          colors,
          from: x(item.startMs),
          to: x(item.endMs ?? nowMs),
          top: place.top + LANE_GAP / 2 + (lane.rows[at] ?? 0) * ROW_HEIGHT,
          width,
          isFlat: lane.id === "a2a",
        });
      }
    }
    context.globalAlpha = 1;
    if (brush !== undefined) {
      context.fillStyle = colors.accent;
      context.globalAlpha = 0.12;
      context.fillRect(x(brush.fromMs), AXIS_HEIGHT, x(brush.toMs) - x(brush.fromMs), height);
      context.globalAlpha = 1;
      line(context, colors.accent, x(brush.fromMs), height, 1);
      line(context, colors.accent, x(brush.toMs), height, 1);
    }
    if (headMs !== undefined) line(context, colors.accent, x(headMs), height, 2);
    if (cursorMs !== undefined) {
      context.setLineDash([3, 3]);
      line(context, colors.text, x(cursorMs), height, 1);
      context.setLineDash([]);
    }
  };
}

function line(context: CanvasRenderingContext2D, color: string, x: number, height: number, width: number): void {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(x, 0);
  context.lineTo(x, height);
  context.stroke();
}

/** Times since the start, and the folds with the length of what they hide. */
function drawAxis(
  context: CanvasRenderingContext2D,
  { scale, view, colors }: ClockPicture,
  width: number,
  height: number,
): void {
  const start = scale.stretches[0]?.fromMs ?? 0;
  let free = Number.NEGATIVE_INFINITY;
  for (const ms of ticksOf(scale, view, Math.max(4, Math.floor(width / 90)))) {
    const x = toX(scale, view, ms, width);
    context.fillStyle = colors.line;
    context.fillRect(x, AXIS_HEIGHT - 6, 1, height);
    const text = ms === start ? "0" : formatDuration((ms - start) * 1_000);
    const room = context.measureText(text).width;
    if (x + 3 < free || x + 3 + room > width) continue;
    context.fillStyle = colors.muted;
    context.fillText(text, x + 3, AXIS_HEIGHT / 2);
    free = x + room + 10;
  }
  for (const { fromMs, toMs, isFolded } of scale.stretches) {
    if (!isFolded) continue;
    const from = toX(scale, view, fromMs, width);
    const to = toX(scale, view, toMs, width);
    if (to < 0 || from > width) continue;
    context.fillStyle = colors.sunken;
    context.fillRect(from, 0, to - from, height);
    context.strokeStyle = colors.strong;
    context.lineWidth = 1;
    context.globalAlpha = 0.5;
    context.beginPath();
    for (let y = -20; y < height; y += 9) {
      context.moveTo(from, y + 12);
      context.lineTo(to, y);
    }
    context.stroke();
    context.globalAlpha = 1;
    const text = `${formatDuration((toMs - fromMs) * 1_000)} idle`;
    const room = context.measureText(text).width + 8;
    const middle = Math.min(width - room / 2 - 1, Math.max(room / 2 + 1, (from + to) / 2));
    context.fillStyle = colors.panel;
    context.fillRect(middle - room / 2, 3, room, AXIS_HEIGHT - 7);
    context.strokeRect(middle - room / 2, 3, room, AXIS_HEIGHT - 7);
    context.fillStyle = colors.text;
    context.fillText(text, middle - room / 2 + 4, AXIS_HEIGHT / 2);
  }
}

interface ItemPlace {
  readonly item: LaneItem;
  readonly colors: CanvasColors;
  readonly from: number;
  readonly to: number;
  readonly top: number;
  readonly width: number;
  readonly isFlat: boolean;
}

function drawItem(context: CanvasRenderingContext2D, { item, colors, from, to, top, width, isFlat }: ItemPlace): void {
  if (to < -2 || from > width + 2) return;
  const ink = colors.tone[item.tone];
  const tall = ROW_HEIGHT - 2;
  if (item.endMs === item.startMs) {
    context.fillStyle = ink;
    // What went wrong has another form, not only another colour.
    if (item.tone === "bad" || item.tone === "warn") {
      context.beginPath();
      context.moveTo(from, top + 1);
      context.lineTo(from + 5, top + tall);
      context.lineTo(from - 5, top + tall);
      context.fill();
    } else context.fillRect(from - 1, top + 1, 2, tall - 1);
    return;
  }
  const left = Math.max(-2, from);
  const long = Math.max(2, Math.min(width + 2, to) - left);
  context.fillStyle = isFlat ? colors.soft[item.tone] : ink;
  context.beginPath();
  context.roundRect(left, top, long, tall, 3);
  context.fill();
  if (isFlat) {
    context.strokeStyle = ink;
    context.lineWidth = 1;
    context.stroke();
  }
  if (item.endMs === undefined) {
    // It goes on: its end is open.
    context.fillStyle = colors.panel;
    for (let x = left + long - 9; x < left + long; x += 4) context.fillRect(x, top, 1.5, tall);
  }
  if (long < 34) return;
  context.save();
  context.beginPath();
  context.rect(left, top, long - 4, tall);
  context.clip();
  context.fillStyle = isFlat ? ink : colors.panel;
  context.fillText(item.label, Math.max(left, 0) + 5, top + tall / 2 + 0.5);
  context.restore();
}
