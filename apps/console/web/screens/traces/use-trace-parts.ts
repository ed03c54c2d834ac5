import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { SpanRecord } from "@berth/telemetry";
import { readQuery } from "../../ui/read-query.ts";
import { useSearchState } from "../../ui/search-state.ts";
import { criticalPath } from "./model/critical-path.ts";
import { createAxis } from "./model/time-axis.ts";
import { treeOf } from "./model/trace-tree.ts";
import { WHOLE } from "./model/trace-view.ts";
import type { TimeView } from "./model/trace-view.ts";
import { findMatches, foldFrom, openDepth, visibleRows } from "./model/visible-rows.ts";
import { useSpanColors } from "./span-colors.ts";
import type { TraceParts } from "./trace-parts.ts";
import { useNowUs } from "./use-trace.ts";

const NOTHING = { terms: [] } as const;
/** The address follows the walk with this delay: browsers allow few changes of it in a second. */
const ADDRESS_MS = 250;

export interface TraceControls {
  readonly parts: TraceParts;
  readonly query: string;
  readonly isPanelOpen: boolean;
  readonly closePanel: () => void;
  readonly foldAll: () => void;
  readonly unfoldAll: () => void;
  readonly foldLevel: (by: 1 | -1) => void;
  readonly toggle: (option: keyof TraceParts["options"]) => void;
  readonly setQuery: (query: string) => void;
}

/** What is shown of a trace, from its spans and the address. */
export function useTraceParts(spans: readonly SpanRecord[]): TraceControls {
  const [search, setSearch] = useSearchState();
  const [view, setView] = useState<TimeView>(WHOLE);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [active, setActiveNow] = useState(search["span"]);
  const [isPanelOpen, setPanel] = useState(search["span"] !== undefined);
  const colors = useSpanColors();
  const tree = treeOf(spans);
  const nowUs = useNowUs(tree);
  const text = search["q"] ?? "";
  const options = {
    errors: search["errors"] === "1",
    self: search["self"] === "1",
    path: search["path"] === "1",
    fold: search["fold"] === "1",
  };
  const matches = useMemo(
    () => findMatches(tree, readQuery(text).query ?? NOTHING, options.errors),
    [tree, text, options.errors],
  );
  const visible = useMemo(() => visibleRows(tree, folded, matches), [tree, folded, matches]);
  const path = useMemo(() => (options.path ? criticalPath(tree, nowUs) : undefined), [tree, nowUs, options.path]);
  const axis = useMemo(() => createAxis(tree, nowUs, options.fold), [tree, nowUs, options.fold]);
  useEffect(() => {
    if (active === search["span"]) return undefined;
    const timer = setTimeout(() => setSearch({ span: active }), ADDRESS_MS);
    return () => clearTimeout(timer);
    // Only what is walked to goes into the address; the address is read once.
  }, [active]);

  const state = useRef({ tree, visible, active });
  state.current = { tree, visible, active };
  const setActive = useCallback((spanId: string | undefined, opens: boolean) => {
    if (spanId === undefined) return;
    setActiveNow(spanId);
    if (opens) setPanel(true);
  }, []);
  const toggleFold = useCallback((spanId: string) => {
    setFolded((before) => {
      const after = new Set(before);
      if (!after.delete(spanId)) after.add(spanId);
      return after;
    });
  }, []);
  const move = useCallback((by: number) => {
    const { tree: now, visible: rows, active: from } = state.current;
    const at = from === undefined ? undefined : now.bySpanId.get(from);
    const row = at === undefined ? -1 : (rows.rowOf[at] ?? -1);
    const to = Math.min(rows.rows.length - 1, Math.max(0, row < 0 ? (by > 0 ? 0 : rows.rows.length - 1) : row + by));
    const spanId = now.spans[rows.rows[to] ?? -1]?.spanId;
    if (spanId !== undefined) setActiveNow(spanId);
  }, []);
  return {
    parts: {
      tree,
      visible,
      matches,
      folded,
      active,
      path,
      options,
      axis,
      view,
      colors,
      nowUs,
      setView,
      setActive,
      toggleFold,
      move,
    },
    query: text,
    isPanelOpen,
    closePanel: () => setPanel(false),
    foldAll: () => setFolded(foldFrom(tree, 0)),
    unfoldAll: () => setFolded(new Set()),
    foldLevel: (by) => setFolded(foldFrom(tree, Math.max(0, openDepth(tree, folded) + by))),
    toggle: (option) => setSearch({ [option]: options[option] ? undefined : "1" }),
    setQuery: (q) => setSearch({ q }),
  };
}
