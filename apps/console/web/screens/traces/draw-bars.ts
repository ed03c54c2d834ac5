import type { SpanRecord } from "@berth/telemetry";
import { formatDuration } from "../../ui/time.tsx";
import { summaryFor } from "./kind-look.tsx";
import type { Segment } from "./model/self-time.ts";
import { foldsOf, placeOf, ticks } from "./model/time-axis.ts";
import type { TimeAxis } from "./model/time-axis.ts";
import { endOf } from "./model/trace-tree.ts";
import type { TimeView } from "./model/trace-view.ts";
import type { SpanColors } from "./span-colors.ts";

export const AXIS_HEIGHT = 24;

export interface BarsPicture {
  readonly axis: TimeAxis;
  readonly view: TimeView;
  readonly colors: SpanColors;
  readonly nowUs: number;
}

/** The x of a time in a picture of this width. */
export function xOf({ axis, view }: BarsPicture, us: number, width: number): number {
  return ((placeOf(axis, us) - view.from) / (view.to - view.from)) * width;
}

/** Lines at round times down the whole picture, and their times on top. */
export function drawAxis(
  context: CanvasRenderingContext2D,
  picture: BarsPicture,
  size: { readonly width: number; readonly height: number },
): void {
  const { axis, view, colors } = picture;
  const { width, height } = size;
  context.font = `11px ${colors.mono}`;
  context.textBaseline = "middle";
  for (const { fromUs, toUs } of foldsOf(axis)) {
    const [from, to] = [xOf(picture, fromUs, width), xOf(picture, toUs, width)];
    drawFold(context, picture, { from, to, height, text: `${formatDuration(toUs - fromUs)} idle` });
  }
  let free = 0;
  for (const us of ticks(axis, view, Math.max(2, Math.floor(width / 100)))) {
    const x = Math.round(xOf(picture, axis.startUs + us, width));
    context.fillStyle = colors.line;
    context.fillRect(x, AXIS_HEIGHT - 5, 1, height);
    const text = us === 0 ? "0" : formatDuration(us);
    const room = context.measureText(text).width;
    if (x + 4 < free || x + 4 + room > width) continue;
    context.fillStyle = colors.muted;
    context.fillText(text, x + 4, AXIS_HEIGHT / 2);
    free = x + room + 14;
  }
}

interface Fold {
  readonly from: number;
  readonly to: number;
  readonly height: number;
  readonly text: string;
}

function drawFold(context: CanvasRenderingContext2D, { colors }: BarsPicture, { from, to, height, text }: Fold): void {
  context.fillStyle = colors.sunken;
  context.fillRect(from, 0, to - from, height);
  context.strokeStyle = colors.strong;
  context.globalAlpha = 0.35;
  context.lineWidth = 1;
  context.setLineDash([2, 4]);
  context.strokeRect(from + 0.5, -1, Math.max(1, to - from - 1), height + 2);
  context.setLineDash([]);
  context.globalAlpha = 1;
  context.save();
  context.translate((from + to) / 2, AXIS_HEIGHT + 8);
  context.rotate(Math.PI / 2);
  context.fillStyle = colors.muted;
  context.fillText(text, 0, 0);
  context.restore();
}

export interface Bar {
  readonly span: SpanRecord;
  readonly top: number;
  readonly height: number;
  readonly isDim: boolean;
  /** Inside the bar, or behind it where it is too short. */
  readonly label: string;
  readonly labelOutside: boolean;
  readonly path?: readonly Segment[];
  readonly self?: readonly Segment[];
}

export function drawBar(context: CanvasRenderingContext2D, picture: BarsPicture, bar: Bar, width: number): void {
  const { colors, nowUs } = picture;
  const { span, top, height, path, self } = bar;
  const from = xOf(picture, span.startUs, width);
  const to = xOf(picture, endOf(span, nowUs), width);
  if (to < -2 || from > width + 2) return;
  const left = Math.max(-4, from);
  const long = Math.max(2, Math.min(width + 4, to) - left);
  context.globalAlpha = bar.isDim ? 0.35 : 1;
  context.fillStyle = colors.kind[summaryFor(span).kind];
  if (self === undefined) {
    context.beginPath();
    context.roundRect(left, top, long, height, Math.min(3, long / 2));
    context.fill();
  } else {
    // What it did itself is full, what it waited for a line.
    context.fillRect(left, top + height / 2 - 1, long, 2);
    for (const { fromUs, toUs } of self) {
      const x = xOf(picture, fromUs, width);
      context.fillRect(x, top, Math.max(1, xOf(picture, toUs, width) - x), height);
    }
  }
  if (span.endUs === undefined) {
    context.fillStyle = colors.panel;
    for (let x = left + long - 9; x < left + long; x += 4) context.fillRect(x, top, 1.5, height);
  }
  if (span.status === "error") {
    context.strokeStyle = colors.tone.bad;
    context.lineWidth = 2;
    context.strokeRect(left + 1, top + 1, Math.max(1, long - 2), height - 2);
  }
  for (const { fromUs, toUs } of path ?? []) {
    const x = xOf(picture, fromUs, width);
    context.fillStyle = colors.text;
    context.fillRect(x, top + height + 1, Math.max(1.5, xOf(picture, toUs, width) - x), 2.5);
  }
  drawLabel(context, picture, { bar, left, right: left + long, width });
  context.globalAlpha = 1;
}

interface LabelPlace {
  readonly bar: Bar;
  readonly left: number;
  readonly right: number;
  readonly width: number;
}

function drawLabel(
  context: CanvasRenderingContext2D,
  { colors }: BarsPicture,
  { bar, left, right, width }: LabelPlace,
): void {
  const { label, top, height, self } = bar;
  if (label === "") return;
  const middle = top + height / 2 + 0.5;
  // Measuring every label costs more than drawing it: the font is a fixed one.
  const room = label.length * 6.7;
  const start = Math.max(0, left);
  if (!bar.labelOutside) {
    if (right - start < 24) return;
    context.save();
    context.beginPath();
    context.rect(start, top, right - start - 3, height);
    context.clip();
    context.fillStyle = colors.panel;
    context.fillText(label, start + 5, middle);
    context.restore();
    return;
  }
  if (self === undefined && right - start > room + 12) {
    context.fillStyle = colors.panel;
    context.fillText(label, start + 6, middle);
    return;
  }
  context.fillStyle = colors.text;
  if (right + 6 + room < width) context.fillText(label, right + 6, middle);
  else if (left - 6 - room > 0) context.fillText(label, left - 6 - room, middle);
}
