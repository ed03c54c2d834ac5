export const DAY_US = 86_400_000_000;

/** Whole days since 1970, UTC. */
export function dayOf(us: number): number {
  return Math.floor(us / DAY_US);
}

/**
 * The days that go, oldest first: those that ended before `beforeUs`, then the oldest while what is left is more than
 * `maxBytes`. The newest stays.
 */
export function daysToDrop(
  bytesOfDay: ReadonlyMap<number, number>,
  { beforeUs, maxBytes }: { readonly beforeUs: number; readonly maxBytes: number },
): readonly number[] {
  const days = [...bytesOfDay.keys()].toSorted((a, b) => a - b);
  let bytes = [...bytesOfDay.values()].reduce((sum, each) => sum + each, 0);
  const dropped: number[] = [];
  for (const day of days.slice(0, -1)) {
    if ((day + 1) * DAY_US > beforeUs && bytes <= maxBytes) break;
    bytes -= bytesOfDay.get(day) ?? 0;
    dropped.push(day);
  }
  return dropped;
}
