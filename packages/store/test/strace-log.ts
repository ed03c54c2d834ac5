/**
 * Reads the log of `strace -f -y` over a lone writer and its server: between two acknowledgements (lines that the
 * writer writes to its stdout) there must be the flushes that make the second one true.
 */
export function flushedBetweenAcknowledgements(log: string): { tasks: number; blobs: number; unflushed: string[] } {
  const unflushed: string[] = [];
  let tasks = 0;
  let blobs = 0;
  let flushes: string[] = [];
  for (const line of joinResumed(log)) {
    const acknowledged = /write\(1<[^>]*>, "(task|blob) /.exec(line)?.[1];
    if (acknowledged === undefined) {
      const flushed = /(?:fsync|fdatasync)\(\d+<([^>]*)>\)\s+= 0/.exec(line)?.[1];
      if (flushed !== undefined) flushes.push(flushed);
      continue;
    }
    const isFlushed =
      acknowledged === "task"
        ? flushes.some((file) => file.includes("/pg_wal/"))
        : flushes.some((file) => file.includes("/blobs/unfinished/")) &&
          flushes.some((file) => /\/blobs\/[0-9a-f]{2}$/.test(file));
    if (!isFlushed) unflushed.push(line);
    if (acknowledged === "task") tasks++;
    else blobs++;
    flushes = [];
  }
  return { tasks, blobs, unflushed };
}

/** A call that another process interrupted is split in two; it counts where it returned. */
function joinResumed(log: string): string[] {
  const started = new Map<string, string>();
  const lines: string[] = [];
  for (const line of log.split("\n")) {
    const pid = /^\d+/.exec(line)?.[0] ?? "";
    const begin = /^(.*) <unfinished \.\.\.>$/.exec(line)?.[1];
    const end = /<\.\.\. \w+ resumed>(.*)$/.exec(line)?.[1];
    if (begin !== undefined) started.set(pid, begin);
    else lines.push(end === undefined ? line : `${started.get(pid) ?? ""}${end}`);
  }
  return lines;
}
