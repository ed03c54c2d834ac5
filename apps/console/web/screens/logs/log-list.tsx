import { ArrowDown } from "lucide-react";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { KeyboardEvent } from "react";
import { Button } from "../../ui/button.tsx";
import { useBoxSize } from "../../ui/use-box-size.ts";
import type { ColumnId } from "./columns.ts";
import { COLUMNS } from "./columns.ts";
import { LogRow } from "./log-row.tsx";
import type { LineTest } from "./model/find-lines.ts";
import { indexAt, layoutRows } from "./model/wrap-layout.ts";
import type { LogTail } from "./use-log-tail.ts";

const ROW = 24;
/** Of the font that rows are written in, at 12 px. */
const CHARACTER = 7.23;
const COLUMN_WIDTHS: Readonly<Record<ColumnId, number>> = {
  time: 96,
  level: 36,
  agent: 112,
  source: 64,
  instance: 96,
  task: 96,
};

export interface LogListProps {
  readonly tail: LogTail;
  readonly columns: readonly ColumnId[];
  readonly isWrapped: boolean;
  readonly chosen: number | undefined;
  readonly anchor: number | undefined;
  readonly found: LineTest | undefined;
  readonly marked: ReadonlySet<number>;
  readonly onChoose: (id: number, isSecond: boolean) => void;
  readonly onOpen: () => void;
}

/** As many lines as there are, of which those in sight are drawn. It stays at its end until somebody scrolls away from it. */
export function LogList(props: LogListProps) {
  const { tail, columns, isWrapped, chosen, anchor, found, marked, onChoose } = props;
  const { buffer, version, isFollowing, setFollowing } = tail;
  const box = useRef<HTMLDivElement>(null);
  const { width, height } = useBoxSize(box);
  const [scrollTop, setScrollTop] = useState(0);
  const isNarrow = width < 640;
  const taken = COLUMNS.reduce(
    (sum, { id }) =>
      columns.includes(id) && (!isNarrow || id === "time" || id === "level") ? sum + COLUMN_WIDTHS[id] + 8 : sum,
    22,
  );
  const cells = Math.max(10, Math.floor((width - taken) / CHARACTER));
  const starts = useMemo(
    () => (isWrapped ? layoutRows(buffer, cells) : undefined),
    // The buffer changes in place: its version says so.
    [isWrapped, buffer, version, cells],
  );
  const rowsOfAll = starts === undefined ? buffer.length : (starts[buffer.length] ?? 0);
  const total = rowsOfAll * ROW;
  const topOf = (index: number): number => (starts === undefined ? index : (starts[index] ?? 0)) * ROW;
  const heightOf = (index: number): number => topOf(index + 1) - topOf(index);
  const indexOf = (y: number): number => {
    const row = Math.max(0, Math.floor(y / ROW));
    return starts === undefined ? row : indexAt(starts, row);
  };
  const viewTop = isFollowing ? Math.max(0, total - height) : scrollTop;
  const first = Math.max(0, indexOf(viewTop) - 4);
  const last = Math.min(buffer.length, indexOf(viewTop + height) + 5);
  useLayoutEffect(() => {
    const element = box.current;
    if (isFollowing && element !== null) element.scrollTop = element.scrollHeight;
  }, [isFollowing, total, version, height]);

  const isLoading = useRef(false);
  async function older(): Promise<void> {
    const element = box.current;
    if (isLoading.current || !tail.hasOlder || element === null) return;
    isLoading.current = true;
    try {
      const fromBottom = element.scrollHeight - element.scrollTop;
      await tail.loadOlder();
      // What was in sight stays there.
      requestAnimationFrame(() => requestAnimationFrame(() => (element.scrollTop = element.scrollHeight - fromBottom)));
    } finally {
      isLoading.current = false;
    }
  }
  const chosenIndex = chosen === undefined ? -1 : buffer.indexOfId(chosen);
  useEffect(() => {
    const element = box.current;
    if (element === null || chosenIndex < 0 || height === 0) return;
    const [top, tall] = [topOf(chosenIndex), heightOf(chosenIndex)];
    if (top < element.scrollTop)
      element.scrollTop = Math.max(0, top - (top < element.scrollTop - height ? height / 2 : 0));
    else if (top + tall > element.scrollTop + height)
      element.scrollTop = top + tall - height + (top > element.scrollTop + 2 * height ? height / 2 : 0);
    // Only when another one is chosen: what comes in meanwhile scrolls nothing.
  }, [chosen, height > 0]);

  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(height / ROW) - 1);
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -buffer.length, End: buffer.length }[
      event.key
    ];
    if (by !== undefined) {
      const from = chosenIndex < 0 ? (by < 0 ? buffer.length : -1) : chosenIndex;
      step(Math.min(buffer.length - 1, Math.max(0, from + by)), Math.sign(by), event.shiftKey);
    } else if (event.key === "Enter") props.onOpen();
    else return;
    event.preventDefault();
  }
  function step(index: number, by: number, isSecond: boolean): void {
    for (let at = index; at >= 0 && at < buffer.length; at += by === 0 ? 1 : by) {
      const id = buffer.at(at)?.log?.id;
      if (id === undefined) continue;
      if (by < 0) setFollowing(false);
      onChoose(id, isSecond);
      return;
    }
  }
  const shown = Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index);
  if (chosenIndex >= 0 && (chosenIndex < first || chosenIndex >= last)) shown.push(chosenIndex);
  return (
    <div className="relative min-w-0" role="log" aria-live="off" aria-label="Log lines">
      <div
        ref={box}
        role="grid"
        tabIndex={0}
        aria-label="Lines"
        aria-rowcount={buffer.length}
        aria-multiselectable
        {...(chosenIndex < 0 ? {} : { "aria-activedescendant": `log-${chosen}` })}
        onKeyDown={onKeyDown}
        onScroll={({ currentTarget: element }) => {
          setScrollTop(element.scrollTop);
          const isAtEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - ROW / 2;
          if (!isAtEnd && isFollowing) setFollowing(false);
          if (element.scrollTop < ROW * 20) void older();
        }}
        className="h-[62dvh] min-h-72 overflow-x-hidden overflow-y-auto bg-panel py-0 [overflow-anchor:none]"
      >
        <div role="rowgroup" className="relative" style={{ height: total }}>
          {shown.map((index) => {
            const item = buffer.at(index);
            if (item === undefined) return undefined;
            const { log, seq } = item;
            if (log === undefined)
              return (
                <div
                  key={`gap ${seq}`}
                  role="row"
                  className="absolute inset-x-0 flex items-center justify-center bg-warn-soft text-xs text-warn"
                  style={{ height: ROW, transform: `translateY(${topOf(index)}px)` }}
                >
                  <span role="gridcell">
                    {item.skipped} lines are missing here: they came faster than they could be shown
                  </span>
                </div>
              );
            return (
              <LogRow
                key={log.id}
                log={log}
                index={index}
                top={topOf(index)}
                height={heightOf(index)}
                columns={columns}
                isWrapped={isWrapped}
                isChosen={log.id === chosen}
                isAnchor={log.id === anchor}
                isFound={found?.(log.body) ?? false}
                isMarked={marked.has(log.id)}
                onChoose={onChoose}
              />
            );
          })}
        </div>
      </div>
      {isFollowing ? undefined : (
        <div className="pointer-events-none absolute inset-x-0 bottom-3 flex justify-center">
          <Button
            look="primary"
            small
            className="pointer-events-auto rounded-full shadow-lg"
            onClick={() => setFollowing(true)}
          >
            <ArrowDown size={13} aria-hidden />
            {tail.waiting > 0 ? `${tail.waiting.toLocaleString("en")} new, follow` : "Follow"}
          </Button>
        </div>
      )}
    </div>
  );
}
