import { useSyncExternalStore } from "react";

export interface LogBookmark {
  readonly id: number;
  readonly atUs: number;
  readonly text: string;
}

const KEY = "berth.log-bookmarks";
const MOST = 200;
const listeners = new Set<() => void>();
let kept: readonly LogBookmark[] | undefined;

/** Lines that somebody wants to come back to. They stay in this browser. */
export function useBookmarks(): readonly LogBookmark[] {
  return useSyncExternalStore(
    (onChange) => {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
    () => (kept ??= read()),
  );
}

export function toggleBookmark(bookmark: LogBookmark): void {
  const before = kept ?? read();
  const others = before.filter(({ id }) => id !== bookmark.id);
  kept = others.length < before.length ? others : [bookmark, ...others].slice(0, MOST);
  localStorage.setItem(KEY, JSON.stringify(kept));
  for (const listener of listeners) listener();
}

function read(): readonly LogBookmark[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(value) ? value.filter(isBookmark) : [];
  } catch {
    return [];
  }
}

function isBookmark(value: unknown): value is LogBookmark {
  if (typeof value !== "object" || value === null) return false;
  // Its members are looked at one by one.
  const { id, atUs, text } = value as Partial<Record<string, unknown>>;
  return typeof id === "number" && typeof atUs === "number" && typeof text === "string";
}
