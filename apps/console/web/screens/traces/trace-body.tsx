import type { SpanRecord } from "@berth/telemetry";
import { useSearchState } from "../../ui/search-state.ts";
import { lazyView } from "../../ui/lazy-view.tsx";
import { TraceToolbar, VIEWS } from "./trace-toolbar.tsx";
import { useTraceKeys } from "./use-trace-keys.ts";
import { useTraceParts } from "./use-trace-parts.ts";
import { Waterfall } from "./waterfall.tsx";

const Minimap = lazyView(async () => (await import("./minimap.tsx")).Minimap);

const Flame = lazyView(async () => (await import("./flame.tsx")).Flame);
const SpanTable = lazyView(async () => (await import("./span-table.tsx")).SpanTable);
const SpanPanel = lazyView(async () => (await import("./panel/span-panel.tsx")).SpanPanel);

/** A trace in one of its views, with the span that is chosen beside it. */
export function TraceBody({ spans }: { readonly spans: readonly SpanRecord[] }) {
  const [search, setSearch] = useSearchState();
  const controls = useTraceParts(spans);
  useTraceKeys(controls);
  const { parts, isPanelOpen, closePanel } = controls;
  const { tree, active, visible } = parts;
  const shown = VIEWS.find(({ id }) => id === search["view"])?.id ?? "waterfall";
  const at = active === undefined ? undefined : tree.bySpanId.get(active);
  const span = at === undefined || !isPanelOpen ? undefined : tree.spans[at];
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <TraceToolbar
        controls={controls}
        shown={shown}
        onView={(view) => setSearch({ view: view === "waterfall" ? undefined : view })}
      />
      {shown === "table" ? undefined : <Minimap parts={parts} />}
      <div
        className={span === undefined ? "min-w-0" : "grid min-w-0 gap-3 lg:grid-cols-[minmax(0,1fr)_minmax(22rem,32%)]"}
      >
        <div className="min-w-0">
          {visible.rows.length === 0 ? (
            <p className="rounded-md border border-line bg-panel p-6 text-center text-sm text-muted">
              No span of this trace matches.
            </p>
          ) : shown === "flame" ? (
            <Flame parts={parts} />
          ) : shown === "table" ? (
            <SpanTable parts={parts} />
          ) : (
            <Waterfall parts={parts} label="Spans" />
          )}
        </div>
        {span === undefined ? undefined : <SpanPanel parts={parts} span={span} onClose={closePanel} />}
      </div>
    </div>
  );
}
