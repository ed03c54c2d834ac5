const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

export interface Period {
  /** RFC 3339 days in UTC; `to` is not in it. */
  readonly from: string;
  readonly to: string;
}

/** What an address says, or this month. */
export function readMonth(text: string | undefined, now: Date): string {
  return text !== undefined && MONTH.test(text) ? text : now.toISOString().slice(0, 7);
}

export function periodOf(month: string): Period {
  return { from: `${month}-01`, to: `${moveMonth(month, 1)}-01` };
}

export function moveMonth(month: string, by: number): string {
  const [year = 0, of = 1] = month.split("-").map(Number);
  return new Date(Date.UTC(year, of - 1 + by, 1)).toISOString().slice(0, 7);
}

/** Every day of a month: one without a call is one as well. */
export function daysOf(month: string): readonly string[] {
  const { from, to } = periodOf(month);
  const days = Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
  return Array.from({ length: days }, (_, n) => `${month}-${String(n + 1).padStart(2, "0")}`);
}
