/** The calendar month of a moment, in UTC. */
export function monthOf(at: Date): string {
  return at.toISOString().slice(0, 7);
}

export function nextMonth(at: Date): Date {
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1));
}

export function secondsToNextMonth(at: Date): number {
  return Math.max(1, Math.ceil((nextMonth(at).getTime() - at.getTime()) / 1_000));
}
