import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { clsx } from "clsx";
import type { Tone } from "../../../ui/badge.tsx";
import { formatDuration } from "../../../ui/time.tsx";

const INKS: Readonly<Record<Tone, string>> = {
  good: "text-good",
  warn: "text-warn",
  bad: "text-bad",
  info: "text-info",
  plain: "text-muted",
};

export interface ItemFrameProps {
  readonly icon: LucideIcon;
  readonly tone?: Tone;
  readonly title: ReactNode;
  readonly aside?: ReactNode;
  readonly seq: number;
  readonly at: string;
  readonly startMs: number;
  /** Absent: there is no playhead to put there. */
  readonly onSeek?: ((seq: number) => void) | undefined;
  readonly children?: ReactNode;
  /** It is what the playhead stands on. */
  readonly isCurrent?: boolean;
}

/** One thing that happened: what, when since the start, and a way to stand on it. */
export function ItemFrame({
  icon: Icon,
  tone = "plain",
  title,
  aside,
  seq,
  at,
  startMs,
  onSeek,
  children,
  isCurrent = false,
}: ItemFrameProps) {
  return (
    <li
      className={clsx("flex min-w-0 gap-2.5 rounded-md px-2 py-1.5", isCurrent && "bg-accent-soft")}
      aria-current={isCurrent ? "step" : undefined}
    >
      <span className={clsx("mt-0.5 flex size-5 shrink-0 items-center justify-center", INKS[tone])}>
        <Icon size={15} aria-hidden />
      </span>
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-baseline gap-x-2 text-sm">
          <span className="min-w-0 font-medium break-words">{title}</span>
          {aside}
          <When at={at} seq={seq} startMs={startMs} onSeek={onSeek} isCurrent={isCurrent} />
        </div>
        {children === undefined ? undefined : <div className="mt-1 min-w-0">{children}</div>}
      </div>
    </li>
  );
}

function When({
  at,
  seq,
  startMs,
  onSeek,
  isCurrent = false,
}: Pick<ItemFrameProps, "at" | "seq" | "startMs" | "onSeek" | "isCurrent">) {
  const text = `+${formatDuration(Math.max(0, Date.parse(at) - startMs) * 1_000)} #${seq}`;
  const look = clsx(
    "ml-auto px-1.5 font-mono text-xs whitespace-nowrap tabular-nums",
    isCurrent ? "text-text" : "text-muted",
  );
  if (onSeek === undefined) return <span className={look}>{text}</span>;
  return (
    <button
      type="button"
      onClick={() => onSeek(seq)}
      title={`${at}. Show the task as at this event.`}
      className={clsx(look, "min-h-6 rounded hover:bg-sunken")}
    >
      {text}
    </button>
  );
}
