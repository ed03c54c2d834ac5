import { clsx } from "clsx";
import { ChevronDown, ChevronRight, CircleAlert } from "lucide-react";
import { memo } from "react";
import type { SpanRecord } from "@berth/telemetry";
import { plainText } from "../../ui/plain-text.ts";
import { formatDuration } from "../../ui/time.tsx";
import { KIND_LOOKS, KindIcon, summaryFor } from "./kind-look.tsx";

const INDENT = 12;
const MOST_INDENT = 18;

export interface TreeRowProps {
  readonly id: string;
  readonly span: SpanRecord;
  readonly depth: number;
  readonly position: number;
  readonly setSize: number;
  /** How many spans lie below; 0: none. */
  readonly below: number;
  readonly isFolded: boolean;
  readonly isActive: boolean;
  readonly isDim: boolean;
  readonly isCritical: boolean;
  readonly top: number;
  readonly height: number;
  readonly onActive: (spanId: string, opens: boolean) => void;
  readonly onFold: (spanId: string) => void;
}

/** One span in the tree. It says in words what the picture beside it shows. */
export const TreeRow = memo(function TreeRow(props: TreeRowProps) {
  const {
    id,
    span,
    depth,
    position,
    setSize,
    below,
    isFolded,
    isActive,
    isDim,
    isCritical,
    top,
    height,
    onActive,
    onFold,
  } = props;
  const { kind } = summaryFor(span);
  const isError = span.status === "error";
  const took = span.endUs === undefined ? "still running" : formatDuration(Math.max(0, span.endUs - span.startUs));
  const notes = [
    KIND_LOOKS[kind].label,
    took,
    ...(isError ? ["failed"] : []),
    ...(isCritical ? ["on the critical path"] : []),
  ];
  const Caret = isFolded ? ChevronRight : ChevronDown;
  return (
    <div
      id={id}
      role="treeitem"
      aria-level={depth + 1}
      aria-posinset={position}
      aria-setsize={setSize}
      aria-selected={isActive}
      {...(below === 0 ? {} : { "aria-expanded": !isFolded })}
      onClick={() => onActive(span.spanId, true)}
      className={clsx(
        "absolute inset-x-0 flex cursor-pointer items-center gap-1 overflow-hidden pr-2 text-xs whitespace-nowrap",
        isActive ? "bg-accent-soft/70" : "hover:bg-sunken/60",
        isDim && "text-muted",
      )}
      style={{
        height: 24,
        transform: `translateY(${top}px)`,
        marginBottom: height - 24,
        paddingLeft: 4 + Math.min(MOST_INDENT, depth) * INDENT,
      }}
    >
      <span
        aria-hidden
        className="grid size-6 shrink-0 place-items-center rounded text-muted hover:text-text"
        onClick={(event) => {
          if (below === 0) return;
          event.stopPropagation();
          onFold(span.spanId);
        }}
      >
        {below === 0 ? undefined : <Caret size={13} />}
      </span>
      <KindIcon kind={kind} />
      {isError ? <CircleAlert size={13} aria-hidden className="shrink-0 text-bad" /> : undefined}
      <span className={clsx("truncate", isError && "font-medium text-bad")}>{plainText(span.name)}</span>
      <span className="sr-only">{notes.join(", ")}</span>
      {isFolded ? <span className="shrink-0 rounded bg-sunken px-1 text-muted tabular-nums">+{below}</span> : undefined}
      {span.agent === undefined || depth > 0 ? undefined : (
        <span className="truncate text-muted">{plainText(span.agent)}</span>
      )}
    </div>
  );
});
