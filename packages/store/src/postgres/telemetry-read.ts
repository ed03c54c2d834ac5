import { PlatformError } from "@berth/protocol";
import { TELEMETRY_READ_TIMEOUT_MS } from "../telemetry-store.ts";
import { SqlState, sqlStateOf } from "./store-error.ts";

const MIN_PAGE = 200;
const MAX_PAGE = 2_000;

/** A read of many statements, each bounded by its connection, and all of them together by `check`. */
export interface Deadline {
  /** @throws TIMED_OUT */
  check(): void;
}

/** @throws TIMED_OUT when the read takes longer than TELEMETRY_READ_TIMEOUT_MS. */
export async function boundedRead<T>(read: (deadline: Deadline) => Promise<T>): Promise<T> {
  const end = performance.now() + TELEMETRY_READ_TIMEOUT_MS;
  try {
    return await read({
      check: () => {
        if (performance.now() > end) throw tooSlow();
      },
    });
  } catch (error) {
    throw sqlStateOf(error) === SqlState.QueryCanceled ? tooSlow(error) : error;
  }
}

/** What a day holds, and nothing when it is dropped meanwhile. */
export async function unlessDropped<T>(read: () => Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await read();
  } catch (error) {
    if (sqlStateOf(error) === SqlState.UndefinedTable) return [];
    throw error;
  }
}

function tooSlow(cause?: unknown): PlatformError {
  return new PlatformError("TIMED_OUT", `The search took longer than ${TELEMETRY_READ_TIMEOUT_MS / 1_000} s.`, {
    ...(cause === undefined ? {} : { cause }),
    hint: "Search a shorter time (since:1h), or for a word, an agent or a task.",
  });
}

/** Rows that match, page by page where the database could only narrow them down. `next` answers fewer than `count` at the end. */
export async function* matching<R>(options: {
  readonly next: (after: R | undefined, count: number) => Promise<readonly R[]>;
  /** Absent: what is answered matches. */
  readonly matches?: (row: R) => boolean;
  readonly limit: number;
  readonly deadline: Deadline;
}): AsyncGenerator<R, void> {
  const { next, matches, limit, deadline } = options;
  let count = matches === undefined ? Math.min(limit, MAX_PAGE) : Math.min(Math.max(MIN_PAGE, 2 * limit), MAX_PAGE);
  let found = 0;
  let last: R | undefined;
  while (true) {
    deadline.check();
    const rows = await next(last, count);
    for (const row of rows) {
      if (matches?.(row) === false) continue;
      yield row;
      found += 1;
      if (found === limit) return;
    }
    if (rows.length < count) return;
    last = rows.at(-1);
    count = Math.min(count * 2, MAX_PAGE);
  }
}
