import type { Query } from "@berth/telemetry";
import { withField } from "../../../ui/query-pieces.ts";

export interface TimeRange {
  readonly fromUs: number;
  readonly toUs: number;
}

const HOUR_US = 3_600_000_000;

/** What a histogram is of: as the query says, else the last hour, and further back when the lines that are there go further back. */
export function rangeOf({ sinceUs, untilUs }: Query, nowUs: number, oldestUs: number | undefined): TimeRange {
  const toUs = untilUs ?? nowUs;
  const fromUs = sinceUs ?? Math.min(toUs - HOUR_US, oldestUs ?? toUs);
  return fromUs < toUs ? { fromUs, toUs } : { fromUs: toUs - HOUR_US, toUs };
}

/** The query for what lies between two times, to the second around them. */
export function withRange(text: string, { fromUs, toUs }: TimeRange): string {
  const time = (us: number): string => new Date(us / 1_000).toISOString().replace(/\.\d+Z$/, "Z");
  const since = `since:${time(Math.floor(fromUs / 1_000_000) * 1_000_000)}`;
  const until = `until:${time(Math.ceil(toUs / 1_000_000) * 1_000_000)}`;
  return withField(withField(text, "since", since), "until", until);
}

export function withoutRange(text: string): string {
  return withField(withField(text, "since", undefined), "until", undefined);
}
