import { useEffect } from "react";
import { useKeys } from "../shell/keys.ts";
import type { KeyBinding } from "../shell/keys.ts";

/** Rows carry `data-row` on what Enter opens, the search box `data-search`. */
const BINDINGS: readonly KeyBinding[] = [
  { keys: "j", does: "Next in the list", run: () => move(1) },
  { keys: "k", does: "Previous in the list", run: () => move(-1) },
  { keys: "/", does: "Search the list", run: () => find("[data-search]")[0]?.focus() },
];

/** j and k walk the list by moving the focus, so Enter and everything else work as on any link; `/` goes to its search box, Enter there to what was found. */
export function useListKeys(): void {
  useKeys(BINDINGS);
  useEffect(() => {
    document.addEventListener("keydown", leaveSearch);
    return () => document.removeEventListener("keydown", leaveSearch);
  }, []);
}

/** From the search box to what was found. */
function leaveSearch(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || !["Enter", "ArrowDown"].includes(event.key)) return;
  if (!(event.target instanceof HTMLElement) || !event.target.matches("[data-search]")) return;
  // A search that is asked for, not typed along: Enter asks.
  if (event.key === "Enter" && event.target.closest("form") !== null) return;
  event.preventDefault();
  find("[data-row]")[0]?.focus();
}

function move(by: 1 | -1): void {
  const rows = find("[data-row]");
  const at = rows.findIndex((row) => row === document.activeElement || row.contains(document.activeElement));
  const to = at < 0 ? (by === 1 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by));
  rows[to]?.focus();
}

function find(selector: string): readonly HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>(`#main ${selector}`)].filter((each) => each.offsetParent !== null);
}
