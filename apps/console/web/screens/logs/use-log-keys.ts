import { useMemo, useRef } from "react";
import { useKeys } from "../../shell/keys.ts";
import type { KeyBinding } from "../../shell/keys.ts";
import { toggleBookmark } from "./bookmarks.ts";
import { withoutAnsi } from "./model/log-text.ts";
import type { ChosenLines } from "./use-log-lines.ts";
import type { LogTail } from "./use-log-tail.ts";

export interface LogActions {
  readonly tail: LogTail;
  readonly lines: ChosenLines;
  readonly step: (by: 1 | -1) => void;
  readonly onFind: () => void;
  readonly onContext: () => void;
  readonly onWrap: () => void;
  readonly onPatterns: () => void;
}

export function useLogKeys(actions: LogActions): void {
  const state = useRef(actions);
  state.current = actions;
  useKeys(
    useMemo(() => {
      const key = (keys: string, does: string, run: (now: LogActions) => void): KeyBinding => ({
        keys,
        does,
        run: () => run(state.current),
      });
      return [
        key("j", "Next line", (now) => move(now, 1)),
        key("k", "Previous line", (now) => move(now, -1)),
        key("J", "Next line, with the time between", (now) => move(now, 1, true)),
        key("K", "Previous line, with the time between", (now) => move(now, -1, true)),
        key("/", "Search the lines", () => document.querySelector<HTMLElement>("#main [data-search]")?.focus()),
        key("mod+f", "Find in what is loaded", (now) => now.onFind()),
        key("n", "Next that is found", (now) => now.step(1)),
        key("N", "Previous that is found", (now) => now.step(-1)),
        key("G", "Follow the newest", ({ tail }) => tail.setFollowing(true)),
        key("c", "50 lines around the chosen one", (now) => now.onContext()),
        key("m", "Bookmark the chosen line", ({ lines: { log } }) => {
          if (log !== undefined)
            toggleBookmark({ id: log.id, atUs: log.atUs, text: withoutAnsi(log.body).slice(0, 200) });
        }),
        key("w", "Wrap lines", (now) => now.onWrap()),
        key("p", "Patterns", (now) => now.onPatterns()),
        key("Escape", "Choose none", ({ lines }) => lines.clear()),
        key(".", "Copy the link to this view", () => void copyAddress()),
      ];
    }, []),
  );
}

function move({ tail, lines }: LogActions, by: 1 | -1, isSecond = false): void {
  const { buffer } = tail;
  const from =
    lines.chosen === undefined ? (by < 0 ? buffer.length : buffer.length - 2) : buffer.indexOfId(lines.chosen);
  for (let index = from + by; index >= 0 && index < buffer.length; index += by) {
    const id = buffer.at(index)?.log?.id;
    if (id === undefined) continue;
    tail.setFollowing(false);
    lines.choose(id, isSecond);
    return;
  }
}

async function copyAddress(): Promise<void> {
  // Plain HTTP on a LAN has no clipboard; the address bar has the link then.
  if ("clipboard" in navigator) await navigator.clipboard.writeText(location.href);
}
