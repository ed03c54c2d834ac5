import { createFileSink } from "./file-sink.ts";
import type { AnchorSink } from "./anchors.ts";
import { createLogSink } from "./log-sink.ts";
import type { LogPlace } from "./log-sink.ts";
import { createTimeStampSink } from "./time-stamp-sink.ts";
import type { TimeStampSinkOptions } from "./time-stamp-sink.ts";

/** Where checkpoints are anchored; nowhere by default. */
export interface AnchorPlaces {
  /** Address of a time-stamping authority. */
  readonly timeStampUrl?: string;
  /** Absolute path of a file that is only appended to. */
  readonly file?: string;
  /** The log of another platform. */
  readonly log?: LogPlace;
}

export function openSinks(
  { timeStampUrl, file, log }: AnchorPlaces,
  { now, ...options }: Omit<TimeStampSinkOptions, "url"> & { readonly now: () => Date },
): readonly AnchorSink[] {
  return [
    ...(timeStampUrl === undefined ? [] : [createTimeStampSink({ ...options, url: timeStampUrl })]),
    ...(log === undefined ? [] : [createLogSink({ ...log, outbound: options.outbound })]),
    ...(file === undefined ? [] : [createFileSink(file, now)]),
  ];
}
