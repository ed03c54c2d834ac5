import { clsx } from "clsx";
import type { ReactNode } from "react";

export const TONES = {
  good: "bg-good-soft text-good",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  info: "bg-info-soft text-info",
  plain: "bg-sunken text-muted",
} as const;
export type Tone = keyof typeof TONES;

export function Badge({
  tone = "plain",
  children,
  title,
}: {
  readonly tone?: Tone;
  readonly children: ReactNode;
  readonly title?: string;
}) {
  return (
    <span
      title={title}
      className={clsx(
        // The border is seen in forced colours only.
        "inline-flex items-center gap-1 rounded-full border border-transparent px-2 py-px text-xs font-medium whitespace-nowrap",
        TONES[tone],
      )}
    >
      {children}
    </span>
  );
}
