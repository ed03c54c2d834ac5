import { askHost } from "./host.ts";

interface Timer {
  readonly id: number;
  readonly at: number;
  readonly run: () => void;
}

const timers: Timer[] = [];
let lastId = 0;

/** The engine has no event loop: timers run when nothing else is left to do. */
export function setTimeout(run: (...values: unknown[]) => void, ms = 0, ...values: unknown[]): number {
  lastId += 1;
  timers.push({ id: lastId, at: Date.now() + Math.max(0, ms), run: () => run(...values) });
  timers.sort((a, b) => a.at - b.at || a.id - b.id);
  return lastId;
}

export function clearTimeout(id: number | undefined): void {
  const at = timers.findIndex((timer) => timer.id === id);
  if (at !== -1) timers.splice(at, 1);
}

/** Waits for the earliest timer and runs it; false when there is none. */
export function runNextTimer(): boolean {
  const timer = timers.shift();
  if (timer === undefined) return false;
  const left = timer.at - Date.now();
  if (left > 0) askHost("sleep", { ms: left });
  timer.run();
  return true;
}

export async function pause(ms: number): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(() => resolve(), ms));
}
