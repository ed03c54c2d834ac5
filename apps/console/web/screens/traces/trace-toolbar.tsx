import { Flame as FlameIcon, ListTree, Maximize, MoveLeft, MoveRight, Table2, ZoomIn, ZoomOut } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "../../ui/button.tsx";
import { QueryBox } from "../../ui/query-box.tsx";
import { formatDuration } from "../../ui/time.tsx";
import { timeAt } from "./model/time-axis.ts";
import { WHOLE, pan, zoom } from "./model/trace-view.ts";
import type { TraceControls } from "./use-trace-parts.ts";

export const VIEWS = [
  { id: "waterfall", label: "Waterfall", icon: ListTree },
  { id: "flame", label: "Flame", icon: FlameIcon },
  { id: "table", label: "Table", icon: Table2 },
] as const;
export type ViewId = (typeof VIEWS)[number]["id"];

const FIELDS = ["kind", "name", "status", "dur", "tool", "model", "cost", "agent", "source", "task", "service"];

export function TraceToolbar({
  controls,
  shown,
  onView,
}: {
  readonly controls: TraceControls;
  readonly shown: ViewId;
  readonly onView: (view: ViewId) => void;
}) {
  const { parts, query, setQuery, toggle, foldAll, unfoldAll } = controls;
  const { view, setView, axis, options, matches, tree } = parts;
  const width = view.to - view.from;
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <div className="flex min-w-0 flex-wrap items-start gap-2">
        <div role="group" aria-label="Show as" className="flex rounded-md border border-line-strong">
          {VIEWS.map(({ id, label, icon: Icon }) => (
            <button
              key={id}
              type="button"
              aria-pressed={shown === id}
              onClick={() => onView(id)}
              className="inline-flex min-h-8.5 items-center gap-1.5 px-2.5 text-sm first:rounded-l-md last:rounded-r-md aria-pressed:bg-accent-soft aria-pressed:font-semibold"
            >
              <Icon size={14} aria-hidden />
              {label}
            </button>
          ))}
        </div>
        <div className="min-w-56 flex-1">
          <QueryBox
            label="Filter the spans"
            value={query}
            onChange={setQuery}
            fields={FIELDS}
            history="spans"
            placeholder="Filter: kind:llm  dur:>1s  status:error  words"
          />
        </div>
      </div>
      <div className="flex flex-wrap items-center gap-1.5">
        <Toggle isOn={options.errors} onClick={() => toggle("errors")}>
          Errors only{tree.errorCount === 0 ? "" : ` (${tree.errorCount})`}
        </Toggle>
        <Toggle isOn={options.path} onClick={() => toggle("path")}>
          Critical path
        </Toggle>
        <Toggle isOn={options.self} onClick={() => toggle("self")}>
          Self time
        </Toggle>
        <Toggle isOn={options.fold} onClick={() => toggle("fold")}>
          Fold idle time
        </Toggle>
        {matches === undefined ? undefined : (
          <span role="status" className="px-1 text-xs text-muted tabular-nums">
            {matches.count} of {tree.spans.length} match
          </span>
        )}
        <span className="ml-auto flex flex-wrap items-center gap-0.5">
          <Button look="quiet" small onClick={unfoldAll}>
            Unfold all
          </Button>
          <Button look="quiet" small onClick={foldAll}>
            Fold all
          </Button>
          <span className="px-1.5 text-xs text-muted tabular-nums">
            {width > 0.999
              ? "whole trace"
              : `${formatDuration(timeAt(axis, view.from) - axis.startUs)} – ${formatDuration(timeAt(axis, view.to) - axis.startUs)}`}
          </span>
          <IconButton
            label="Earlier"
            onClick={() => setView(pan(view, -width * 0.25))}
            icon={<MoveLeft size={14} aria-hidden />}
          />
          <IconButton
            label="Later"
            onClick={() => setView(pan(view, width * 0.25))}
            icon={<MoveRight size={14} aria-hidden />}
          />
          <IconButton
            label="Zoom in"
            onClick={() => setView(zoom(view, 0.5))}
            icon={<ZoomIn size={14} aria-hidden />}
          />
          <IconButton
            label="Zoom out"
            onClick={() => setView(zoom(view, 2))}
            icon={<ZoomOut size={14} aria-hidden />}
          />
          <IconButton label="Whole trace" onClick={() => setView(WHOLE)} icon={<Maximize size={14} aria-hidden />} />
        </span>
      </div>
    </div>
  );
}

function Toggle({
  isOn,
  onClick,
  children,
}: {
  readonly isOn: boolean;
  readonly onClick: () => void;
  readonly children: ReactNode;
}) {
  return (
    <button
      type="button"
      aria-pressed={isOn}
      onClick={onClick}
      className="min-h-7 rounded-full border border-line-strong bg-panel px-3 text-xs hover:bg-sunken aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:font-semibold"
    >
      {children}
    </button>
  );
}

function IconButton({
  label,
  onClick,
  icon,
}: {
  readonly label: string;
  readonly onClick: () => void;
  readonly icon: ReactNode;
}) {
  return (
    <Button look="quiet" small aria-label={label} title={label} onClick={onClick}>
      {icon}
    </Button>
  );
}
