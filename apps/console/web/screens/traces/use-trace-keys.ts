import { useMemo, useRef } from "react";
import { useKeys } from "../../shell/keys.ts";
import type { KeyBinding } from "../../shell/keys.ts";
import { WHOLE, pan, zoom } from "./model/trace-view.ts";
import type { TraceControls } from "./use-trace-parts.ts";

/** The keys of a trace, as Jaeger has them where it has one. */
export function useTraceKeys(controls: TraceControls): void {
  const state = useRef(controls);
  state.current = controls;
  useKeys(
    useMemo(() => {
      const key = (keys: string, does: string, run: (now: TraceControls) => void): KeyBinding => ({
        keys,
        does,
        run: () => run(state.current),
      });
      const pans = (share: number) => (now: TraceControls) => {
        const { view, setView } = now.parts;
        setView(pan(view, (view.to - view.from) * share));
      };
      return [
        key("f", "Next span", ({ parts }) => parts.move(1)),
        key("b", "Previous span", ({ parts }) => parts.move(-1)),
        key("j", "Next span", ({ parts }) => parts.move(1)),
        key("k", "Previous span", ({ parts }) => parts.move(-1)),
        key("]", "Fold all spans", (now) => now.foldAll()),
        key("[", "Unfold all spans", (now) => now.unfoldAll()),
        key("o", "Unfold one level more", (now) => now.foldLevel(1)),
        key("p", "Fold one level more", (now) => now.foldLevel(-1)),
        key("w", "Zoom in", ({ parts }) => parts.setView(zoom(parts.view, 0.8))),
        key("s", "Zoom out", ({ parts }) => parts.setView(zoom(parts.view, 1.25))),
        key("a", "Earlier", pans(-0.2)),
        key("d", "Later", pans(0.2)),
        key("0", "Show the whole trace", ({ parts }) => parts.setView(WHOLE)),
        key("e", "Errors only", (now) => now.toggle("errors")),
        key("c", "Critical path", (now) => now.toggle("path")),
        key("i", "Self time", (now) => now.toggle("self")),
        key("x", "Fold idle time", (now) => now.toggle("fold")),
        key("/", "Filter the spans", () => document.querySelector<HTMLElement>("#main [data-search]")?.focus()),
        key("Escape", "Close the span", (now) => now.closePanel()),
        key(".", "Copy the link to this view", () => void copyAddress()),
        // Keys of the tree itself, told here: they work while it has the focus.
        key("↑ ↓ ← →", "Walk over the tree, fold and unfold", () => undefined),
        key("Enter ", "Show the span (in the tree)", () => undefined),
      ];
    }, []),
  );
}

async function copyAddress(): Promise<void> {
  // Plain HTTP on a LAN has no clipboard; the address bar has the link then.
  if ("clipboard" in navigator) await navigator.clipboard.writeText(location.href);
}
