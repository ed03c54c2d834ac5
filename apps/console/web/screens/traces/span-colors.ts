import { useMemo } from "react";
import { VIEW_KINDS } from "@berth/telemetry";
import type { ViewKind } from "@berth/telemetry";
import { useCanvasColors } from "../../ui/canvas-colors.ts";
import type { CanvasColors } from "../../ui/canvas-colors.ts";

export interface SpanColors extends CanvasColors {
  readonly kind: Readonly<Record<ViewKind, string>>;
}

export function useSpanColors(): SpanColors {
  const colors = useCanvasColors();
  return useMemo(() => {
    const style = getComputedStyle(document.documentElement);
    const entries = VIEW_KINDS.map((kind) => [kind, style.getPropertyValue(`--kind-${kind}`).trim()]);
    // Every kind has its entry.
    return { ...colors, kind: Object.fromEntries(entries) as Record<ViewKind, string> };
  }, [colors]);
}
