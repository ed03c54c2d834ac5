import { useSyncExternalStore } from "react";

export interface SavedView {
  readonly name: string;
  readonly query: string;
}

export const VIEWS: readonly SavedView[] = [
  { name: "All", query: "" },
  { name: "Needs a person", query: "status:input-required|auth-required" },
  { name: "Under way", query: "status:submitted|working" },
  { name: "Failed", query: "status:failed|rejected" },
];

const KEY = "berth.tasks.views";
const MAX_VIEWS = 24;
const listeners = new Set<() => void>();
let kept: readonly SavedView[] | undefined;

/** Views of this browser. What does not read as one is left out. */
export function parseViews(text: string | null): readonly SavedView[] {
  let value: unknown;
  try {
    value = JSON.parse(text ?? "[]");
  } catch {
    return [];
  }
  if (!Array.isArray(value)) return [];
  return value.filter(isView).slice(0, MAX_VIEWS);
}

function isView(value: unknown): value is SavedView {
  if (typeof value !== "object" || value === null || !("name" in value) || !("query" in value)) return false;
  return typeof value.name === "string" && value.name !== "" && typeof value.query === "string";
}

export function useSavedViews(): readonly SavedView[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => (kept ??= parseViews(localStorage.getItem(KEY))),
  );
}

/** Of the same name there is one. */
export function saveView(view: SavedView): void {
  write([...parseViews(localStorage.getItem(KEY)).filter(({ name }) => name !== view.name), view]);
}

export function removeView(name: string): void {
  write(parseViews(localStorage.getItem(KEY)).filter((view) => view.name !== name));
}

function write(views: readonly SavedView[]): void {
  kept = views.slice(-MAX_VIEWS);
  localStorage.setItem(KEY, JSON.stringify(kept));
  for (const listener of listeners) listener();
}
