import type { Duplex } from "node:stream";
import { Socket } from "node:net";

/** Joins two connections: each side's end is passed on, an error or silence on either ends both. */
export function pipeBoth(one: Duplex, other: Duplex, idleMs: number): void {
  const end = (): void => {
    one.destroy();
    other.destroy();
  };
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on("error", end);
    from.on("close", () => {
      to.destroy();
    });
    if (from instanceof Socket) from.setTimeout(idleMs, end);
    from.pipe(to);
  }
}
