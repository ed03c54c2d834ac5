import { useEffect } from "react";

export interface KeyBinding {
  /** "?", "/", "g a" (one after the other), "mod+k", "j". */
  readonly keys: string;
  readonly does: string;
  readonly run: () => void;
}

const bindings = new Set<KeyBinding>();
const SEQUENCE_MS = 1_000;
let pending = "";
let pendingSince = 0;

/** The keys that work now, for the key sheet. */
export function currentBindings(): readonly KeyBinding[] {
  return [...bindings];
}

/** Keys of a screen while it is shown. Typing in a field is never taken for one, `mod+…` aside; Escape leaves the field. */
export function useKeys(wanted: readonly KeyBinding[]): void {
  useEffect(() => {
    for (const binding of wanted) bindings.add(binding);
    return () => {
      for (const binding of wanted) bindings.delete(binding);
    };
  }, [wanted]);
}

export function listenForKeys(): () => void {
  document.addEventListener("keydown", onKeyDown);
  return () => document.removeEventListener("keydown", onKeyDown);
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const modified = event.ctrlKey || event.metaKey;
  if (!modified && event.altKey) return;
  if (document.querySelector("dialog[open]") !== null) return;
  if (!modified && isTyping(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const key = modified ? `mod+${event.key.toLowerCase()}` : event.key;
  const now = Date.now();
  const sequence = pending !== "" && now - pendingSince < SEQUENCE_MS ? `${pending} ${key}` : key;
  const match = find(sequence) ?? find(key);
  if (match !== undefined) {
    event.preventDefault();
    pending = "";
    match.run();
    return;
  }
  pending = [...bindings].some(({ keys }) => keys.startsWith(`${key} `)) ? key : "";
  pendingSince = now;
}

/** The newest wins: a screen may take a key that the shell has. */
function find(keys: string): KeyBinding | undefined {
  return [...bindings].toReversed().find((binding) => binding.keys === keys);
}

function isTyping(target: EventTarget | null): target is HTMLElement {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}
