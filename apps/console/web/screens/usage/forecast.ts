import { periodOf } from "./month.ts";

export interface Forecast {
  /** At the month's end, in the unit of what was given. */
  readonly amount: number;
  readonly elapsedDays: number;
  readonly days: number;
}

const DAY_MS = 86_400_000;
/** An hour of a month says nothing about the rest of it. */
const LEAST_DAYS = 0.5;

/** What the month comes to when it goes on as it went: so far, by the time that has passed, by the length of the month. */
export function forecast(month: string, amount: number, now: Date): Forecast | undefined {
  const { from, to } = periodOf(month);
  const elapsedDays = (now.getTime() - Date.parse(from)) / DAY_MS;
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS;
  if (elapsedDays < LEAST_DAYS || elapsedDays >= days) return undefined;
  return { amount: (amount / elapsedDays) * days, elapsedDays, days };
}
