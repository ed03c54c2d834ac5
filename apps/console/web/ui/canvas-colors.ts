import { useSyncExternalStore } from "react";
import type { Tone } from "./badge.tsx";

export interface CanvasColors {
  readonly panel: string;
  readonly sunken: string;
  readonly line: string;
  readonly strong: string;
  readonly text: string;
  readonly muted: string;
  readonly accent: string;
  readonly tone: Readonly<Record<Tone, string>>;
  readonly soft: Readonly<Record<Tone, string>>;
  readonly mono: string;
}

let colors: CanvasColors | undefined;

/** The tokens of styles.css as a canvas needs them: read when the theme changes. */
export function useCanvasColors(): CanvasColors {
  return useSyncExternalStore(watchTheme, () => (colors ??= readColors()));
}

function watchTheme(onChange: () => void): () => void {
  const renew = (): void => {
    colors = readColors();
    onChange();
  };
  const observer = new MutationObserver(renew);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  const media = matchMedia("(prefers-color-scheme: dark)");
  media.addEventListener("change", renew);
  return () => {
    observer.disconnect();
    media.removeEventListener("change", renew);
  };
}

function readColors(): CanvasColors {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    panel: token("panel"),
    sunken: token("sunken"),
    line: token("line"),
    strong: token("line-strong"),
    text: token("text"),
    muted: token("muted"),
    accent: token("accent"),
    tone: { good: token("good"), warn: token("warn"), bad: token("bad"), info: token("info"), plain: token("muted") },
    soft: {
      good: token("good-soft"),
      warn: token("warn-soft"),
      bad: token("bad-soft"),
      info: token("info-soft"),
      plain: token("sunken"),
    },
    mono: "ui-monospace, monospace",
  };
}
