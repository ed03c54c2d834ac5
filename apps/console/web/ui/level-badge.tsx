import { clsx } from "clsx";
import type { LogLevel } from "@berth/telemetry";

const LOOKS: Readonly<Record<LogLevel, { readonly text: string; readonly className: string }>> = {
  trace: { text: "TRC", className: "text-muted" },
  debug: { text: "DBG", className: "text-muted" },
  info: { text: "INF", className: "text-info" },
  warn: { text: "WRN", className: "bg-warn-soft text-warn" },
  error: { text: "ERR", className: "bg-bad-soft text-bad" },
  fatal: { text: "FTL", className: "bg-bad text-panel" },
};

export function LevelBadge({ level }: { readonly level: LogLevel }) {
  const { text, className } = LOOKS[level];
  return (
    <span
      className={clsx("inline-block w-9 shrink-0 rounded text-center font-mono text-xs font-semibold", className)}
      title={level}
    >
      {text}
    </span>
  );
}
