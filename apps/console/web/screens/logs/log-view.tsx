import { useMemo, useRef, useState } from "react";
import type { Query } from "@berth/telemetry";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Panel } from "../../ui/panel.tsx";
import { useSearchState } from "../../ui/search-state.ts";
import { Empty, Failure, Loading } from "../../ui/status.tsx";
import { formatDuration } from "../../ui/time.tsx";
import { useBookmarks } from "./bookmarks.ts";
import { printColumns, readColumns } from "./columns.ts";
import { downloadLogs } from "./download-logs.ts";
import { FacetList } from "./facet-list.tsx";
import { FindBar } from "./find-bar.tsx";
import { Histogram } from "./histogram.tsx";
import { LinePanel } from "./line-panel.tsx";
import { BookmarkSheet, ContextSheet } from "./line-sheets.tsx";
import { LogList } from "./log-list.tsx";
import { LogNews } from "./log-news.tsx";
import { LogsToolbar } from "./logs-toolbar.tsx";
import { findNext, lineTest } from "./model/find-lines.ts";
import { rangeOf, withRange } from "./model/time-range.ts";
import { PatternTable } from "./pattern-table.tsx";
import { useChosenLines } from "./use-log-lines.ts";
import { useLogKeys } from "./use-log-keys.ts";
import { useLogTail } from "./use-log-tail.ts";

export interface LogViewProps {
  readonly text: string;
  readonly query: Query;
  /** A line's id: the view begins there and not at the end. */
  readonly around: number | undefined;
  readonly onQuery: (query: string) => void;
  readonly onAround: (id: number | undefined) => void;
}

export function LogView({ text, query, around, onQuery, onAround }: LogViewProps) {
  const [search, setSearch] = useSearchState();
  const tail = useLogTail(text, around, () => onAround(undefined));
  const lines = useChosenLines(tail);
  const bookmarks = useBookmarks();
  const marked = useMemo(() => new Set(bookmarks.map(({ id }) => id)), [bookmarks]);
  const [find, setFind] = useState<string>();
  const test = useMemo(() => lineTest(find ?? ""), [find]);
  const [sheet, setSheet] = useState<"context" | "bookmarks">();
  const [problem, setProblem] = useState<unknown>();
  const [openedUs] = useState(() => Date.now() * 1_000);
  const columns = readColumns(search["cols"]);
  const [isWrapped, isPatterns] = [search["wrap"] === "1", search["patterns"] === "1"];
  const { buffer } = tail;
  // As it was when the view was opened: a range that moves with each line would ask anew with each.
  const oldest = useRef<number>(undefined);
  if (tail.isLoaded) oldest.current ??= buffer.at(0)?.log?.atUs;
  const range = useMemo(() => rangeOf(query, openedUs, oldest.current), [query, openedUs, oldest.current]);
  const since = query.sinceUs === undefined ? `since:${new Date(Math.floor(range.fromUs / 1_000)).toISOString()}` : "";
  const step = (by: 1 | -1): void => {
    if (test === undefined) return;
    const from = lines.chosen === undefined ? buffer.length : buffer.indexOfId(lines.chosen);
    const id = buffer.at(findNext(buffer, test, from, by))?.log?.id;
    if (id === undefined) return;
    tail.setFollowing(false);
    lines.choose(id, false);
  };
  const toggle = (name: "wrap" | "patterns", isOn: boolean): void => setSearch({ [name]: isOn ? undefined : "1" });
  useLogKeys({
    tail,
    lines,
    step,
    onFind: () => setFind(find ?? ""),
    onContext: () => setSheet("context"),
    onWrap: () => toggle("wrap", isWrapped),
    onPatterns: () => toggle("patterns", isPatterns),
  });
  if (!tail.isLoaded)
    return tail.error === null ? <Loading what="the lines" /> : <Failure error={tail.error} retry={tail.refetch} />;
  return (
    <div className="grid min-w-0 items-start gap-4 xl:grid-cols-[12rem_minmax(0,1fr)]">
      <details className="min-w-0 xl:hidden">
        <summary className="min-h-6 text-sm text-accent-text">Choose by level, agent and source</summary>
        <div className="pt-2">
          <FacetList query={text} since={since} onQuery={onQuery} />
        </div>
      </details>
      <aside aria-label="Choose" className="hidden min-w-0 xl:block">
        <FacetList query={text} since={since} onQuery={onQuery} />
      </aside>
      <Panel flush className="overflow-hidden">
        <Histogram query={text} range={range} onRange={(wanted) => onQuery(withRange(text, wanted))} />
        <LogsToolbar
          query={text}
          onQuery={onQuery}
          columns={columns}
          onColumns={(wanted) => setSearch({ cols: printColumns(wanted) })}
          isWrapped={isWrapped}
          onWrap={() => toggle("wrap", isWrapped)}
          isPatterns={isPatterns}
          onPatterns={() => toggle("patterns", isPatterns)}
          onFind={() => setFind(find ?? "")}
          onBookmarks={() => setSheet("bookmarks")}
          onDownload={async () => await downloadLogs(text).catch(setProblem)}
        />
        {problem === undefined ? undefined : <Failure error={problem} retry={() => setProblem(undefined)} />}
        {find === undefined ? undefined : (
          <FindBar
            tail={tail}
            text={find}
            test={test}
            onText={setFind}
            onStep={step}
            onClose={() => setFind(undefined)}
          />
        )}
        {buffer.length === 0 ? (
          <Empty
            title={text === "" ? "Nothing has been logged yet." : "No line fits."}
            {...(text === "" ? { command: "npx a2a logs --follow" } : {})}
          >
            {text === ""
              ? "What agents print, and what they send over OpenTelemetry, comes here as it happens."
              : "New ones that do come here as they happen."}
          </Empty>
        ) : isPatterns ? (
          <PatternTable buffer={buffer} version={tail.version} onTerm={(term) => onQuery(`${text} ${term}`.trim())} />
        ) : (
          <div className={lines.isOpen ? "grid min-w-0 lg:grid-cols-[minmax(0,1fr)_minmax(20rem,34%)]" : "min-w-0"}>
            <LogList
              tail={tail}
              columns={columns}
              isWrapped={isWrapped}
              chosen={lines.chosen}
              anchor={lines.anchor}
              found={test}
              marked={marked}
              onChoose={lines.choose}
              onOpen={() => lines.setOpen(true)}
            />
            {lines.isOpen && lines.log !== undefined ? (
              <LinePanel
                log={lines.log}
                isMarked={marked.has(lines.log.id)}
                onContext={() => setSheet("context")}
                onClose={() => lines.setOpen(false)}
              />
            ) : undefined}
          </div>
        )}
        <footer className="flex min-h-8 flex-wrap items-center gap-x-3 gap-y-1 border-t border-line px-3 py-1 text-xs text-muted tabular-nums">
          <span>{buffer.length.toLocaleString("en")} lines</span>
          {buffer.forgotten === 0 ? undefined : (
            <span>{buffer.forgotten.toLocaleString("en")} older ones made room</span>
          )}
          {tail.skipped === 0 ? undefined : <Badge tone="warn">{tail.skipped.toLocaleString("en")} left out</Badge>}
          {lines.elapsedUs === undefined ? undefined : (
            <span className="font-medium text-text" role="status">
              {formatDuration(lines.elapsedUs)} between the two lines
            </span>
          )}
          {lines.chosen === undefined ? (
            <span className="ml-auto max-md:hidden">
              Click a line to see it, Shift and click another for the time between
            </span>
          ) : (
            <Button look="quiet" small className="ml-auto" onClick={lines.clear}>
              Choose none
            </Button>
          )}
        </footer>
      </Panel>
      <LogNews tail={tail} />
      {sheet === "context" && lines.chosen !== undefined ? (
        <ContextSheet id={lines.chosen} onClose={() => setSheet(undefined)} />
      ) : undefined}
      {sheet === "bookmarks" ? <BookmarkSheet onOpen={onAround} onClose={() => setSheet(undefined)} /> : undefined}
    </div>
  );
}
