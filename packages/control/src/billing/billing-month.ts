import { invalidParams } from "@berth/protocol";
import { nextMonth } from "../limits/month.ts";

/** RFC 3339: from <= at < to. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

const MAX_DAYS = 400;
const DAY_MS = 86_400_000;

/** A calendar month in UTC. @throws INVALID_PARAMS */
export function periodOfMonth(month: string): Period {
  const begin = /^\d{4}-(?:0[1-9]|1[0-2])$/.test(month) ? new Date(`${month}-01T00:00:00.000Z`) : undefined;
  if (begin === undefined) {
    throw invalidParams([{ field: "month", description: "must be a month, such as 2026-11" }]);
  }
  return { from: begin.toISOString(), to: nextMonth(begin).toISOString() };
}

/** Without bounds the month of `now`. Days are read as their beginning in UTC. @throws INVALID_PARAMS */
export function parsePeriod(from: string | undefined, to: string | undefined, now: Date): Period {
  const month = periodOfMonth(now.toISOString().slice(0, 7));
  const begin = from === undefined ? Date.parse(month.from) : Date.parse(from);
  const end = to === undefined ? Math.max(Date.parse(month.to), begin) : Date.parse(to);
  const wrong = [
    ...(Number.isNaN(begin) ? [{ field: "from", description: "must be an RFC 3339 time or a day" }] : []),
    ...(Number.isNaN(end) ? [{ field: "to", description: "must be an RFC 3339 time or a day" }] : []),
  ];
  if (wrong.length > 0) throw invalidParams(wrong);
  if (end < begin) throw invalidParams([{ field: "to", description: "must not be before from" }]);
  if (end - begin > MAX_DAYS * DAY_MS) {
    throw invalidParams([{ field: "to", description: `must be at most ${MAX_DAYS} days after from` }]);
  }
  return { from: new Date(begin).toISOString(), to: new Date(end).toISOString() };
}
