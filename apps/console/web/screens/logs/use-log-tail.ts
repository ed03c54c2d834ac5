import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { StoredLog } from "@berth/telemetry";
import { FrameNotifier, useLive } from "../../api/live.ts";
import { linesQuery, readOlder } from "./log-queries.ts";
import { LogBuffer } from "./model/log-buffer.ts";

const CAPACITY = 100_000;

export interface LogTail {
  readonly buffer: LogBuffer;
  /** Grows whenever the buffer has changed. */
  readonly version: number;
  readonly isLoaded: boolean;
  readonly error: unknown;
  readonly refetch: () => void;
  readonly isFollowing: boolean;
  readonly setFollowing: (isFollowing: boolean) => void;
  /** Came while nobody followed; they come in when somebody does. */
  readonly waiting: number;
  /** The platform left out so many, or there was no room for them while nobody followed. */
  readonly skipped: number;
  readonly hasOlder: boolean;
  /** Answers how many came. */
  readonly loadOlder: () => Promise<number>;
  /** Of what came since `since`, for those who hear it. */
  readonly takeNews: () => { readonly lines: number; readonly errors: number };
}

/** The newest lines and what comes after them, without an end. While nobody follows, what comes waits in a buffer of its own. */
export function useLogTail(query: string, around: number | undefined, onJump: () => void): LogTail {
  const loaded = useQuery(linesQuery(query, around));
  const [notifier] = useState(() => new FrameNotifier());
  const version = useSyncExternalStore(notifier.subscribe, notifier.version);
  const [isFollowing, setFollowingNow] = useState(around === undefined);
  const [hasOlder, setHasOlder] = useState(true);
  const news = useRef({ lines: 0, errors: 0 });
  const skipped = useRef(0);
  const following = useRef(isFollowing);
  const buffers = useMemo(() => {
    const shown = new LogBuffer(CAPACITY);
    shown.append(loaded.data?.logs ?? []);
    skipped.current = 0;
    return { shown, waiting: new LogBuffer(CAPACITY) };
  }, [loaded.data]);
  useEffect(() => setHasOlder(loaded.data?.hasOlder ?? false), [loaded.data]);
  const after = loaded.data?.logs.at(-1)?.id;
  const isOpen = loaded.data !== undefined && !loaded.data.hasNewer;
  useLive(isOpen ? { topic: "logs", query, ...(after === undefined ? {} : { after }) } : undefined, {
    onEvents: (events) => {
      // The topic's own content: docs/reference/telemetry.md.
      const logs = events.flatMap(({ data }) => data["logs"] as readonly StoredLog[]);
      news.current.lines += logs.length;
      news.current.errors += logs.filter(({ severity }) => severity >= 17).length;
      (following.current ? buffers.shown : buffers.waiting).append(logs);
      notifier.changed();
    },
    onGap: (count) => {
      skipped.current += count;
      (following.current ? buffers.shown : buffers.waiting).gap(count);
      notifier.changed();
    },
  });
  function setFollowing(wanted: boolean): void {
    if (wanted === following.current) return;
    following.current = wanted;
    setFollowingNow(wanted);
    if (!wanted) return;
    if (loaded.data?.hasNewer === true) {
      onJump();
      return;
    }
    const { shown, waiting } = buffers;
    if (waiting.forgotten > 0) shown.gap(waiting.forgotten);
    for (let index = 0; index < waiting.length; index += 1) {
      const item = waiting.at(index);
      if (item?.log !== undefined) shown.append([item.log]);
      else if (item?.skipped !== undefined) shown.gap(item.skipped);
    }
    buffers.waiting = new LogBuffer(CAPACITY);
    notifier.changed();
  }
  return {
    buffer: buffers.shown,
    version,
    isLoaded: loaded.data !== undefined,
    error: loaded.error,
    refetch: () => void loaded.refetch(),
    isFollowing,
    setFollowing,
    waiting: buffers.waiting.length + buffers.waiting.forgotten,
    skipped: skipped.current + buffers.waiting.forgotten,
    hasOlder,
    loadOlder: async () => {
      const before = buffers.shown.firstId;
      if (before === undefined) return 0;
      const { logs, next } = await readOlder(query, before);
      const count = buffers.shown.prepend(logs.toReversed());
      if (next === undefined || count < logs.length) setHasOlder(false);
      notifier.changed();
      return count;
    },
    takeNews: () => {
      const now = news.current;
      news.current = { lines: 0, errors: 0 };
      return now;
    },
  };
}
