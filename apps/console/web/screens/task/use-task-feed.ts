import { useEffect, useState, useSyncExternalStore } from "react";
import { TaskFeed } from "./task-feed.ts";

/** The feed of a task, while its screen is shown; renders once per frame in which something came. `retry` reads again after a failure. */
export function useTaskFeed(taskId: string): {
  readonly feed: TaskFeed;
  readonly version: number;
  readonly retry: () => void;
} {
  const [round, setRound] = useState(0);
  const [feed, setFeed] = useState(() => new TaskFeed(taskId));
  if (feed.taskId !== taskId) setFeed(new TaskFeed(taskId));
  useEffect(() => feed.start(), [feed, round]);
  const version = useSyncExternalStore(feed.notifier.subscribe, feed.notifier.version);
  return { feed, version, retry: () => setRound(round + 1) };
}
