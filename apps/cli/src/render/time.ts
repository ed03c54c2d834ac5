/** RFC 3339 with milliseconds, of microseconds since 1970; of what is no time a dash. */
export function timeOf(us: number): string {
  const date = new Date(us / 1_000);
  return Number.isNaN(date.getTime()) ? "-" : date.toISOString();
}
