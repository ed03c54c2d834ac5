import { useVirtualizer } from "@tanstack/react-virtual";
import { parseQuery } from "@berth/telemetry";
import { frameOf } from "@berth/protocol";
import type { TaskEvent } from "@berth/protocol";
import { clsx } from "clsx";
import { useEffect, useMemo, useRef, useState } from "react";
import { useKeys } from "../../../shell/keys.ts";
import { TONES } from "../../../ui/badge.tsx";
import { CheckField } from "../../../ui/check-field.tsx";
import { CopyButton } from "../../../ui/copy-button.tsx";
import { TextField } from "../../../ui/field.tsx";
import { JsonView } from "../../../ui/json-view.tsx";
import { plainText } from "../../../ui/plain-text.ts";
import { useSearchState } from "../../../ui/search-state.ts";
import { formatDuration } from "../../../ui/time.tsx";
import { wordsOf } from "../model/event-words.ts";
import { matchesEvent } from "../model/match-event.ts";
import type { Interval } from "../../../ui/time-scale.ts";

const ROW = 26;

export interface EventsPaneProps {
  readonly events: readonly TaskEvent[];
  /** The events up to the playhead. */
  readonly count: number;
  readonly version: number;
  readonly brush?: Interval;
  readonly onSeek: (seq: number) => void;
}

/** The log as it is: every event with its JSON, and with the frame that a client of A2A saw of it. */
export function EventsPane({ events, count, version, brush, onSeek }: EventsPaneProps) {
  const [search, setSearch] = useSearchState();
  const text = search["q"] ?? "";
  const onlyFrames = search["frames"] === "1";
  const [selected, setSelected] = useState<number>();
  const contextId = events[0]?.body.kind === "accepted" ? events[0].body.contextId : "";
  const query = useMemo(() => readQuery(text), [text]);
  const shown = useMemo(
    () =>
      events.slice(0, count).filter((event) => {
        const ms = Date.parse(event.at);
        if (brush !== undefined && (ms < brush.fromMs || ms > brush.toMs)) return false;
        if (onlyFrames && frameOf(event, contextId) === undefined) return false;
        return query.query === undefined || matchesEvent(query.query, event);
      }),
    // The list grows in place: its version says so.
    [events, version, count, brush, onlyFrames, contextId, query],
  );
  const at = shown.findIndex(({ seq }) => seq === selected);
  const event = shown[at] ?? shown.at(-1);
  const startMs = Date.parse(events[0]?.at ?? "");
  const state = useRef({ shown, at });
  state.current = { shown, at };
  useKeys(
    useMemo(() => {
      const move = (by: number): void => {
        const now = state.current;
        const from = now.at < 0 ? now.shown.length - 1 : now.at;
        setSelected(now.shown[Math.min(now.shown.length - 1, Math.max(0, from + by))]?.seq);
      };
      return [
        { keys: "j", does: "Next event", run: () => move(1) },
        { keys: "k", does: "Previous event", run: () => move(-1) },
        {
          keys: "/",
          does: "Filter the events",
          run: () => document.querySelector<HTMLElement>("[data-search]")?.focus(),
        },
      ];
    }, []),
  );
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <div className="flex flex-wrap items-end gap-3">
        <div className="min-w-48 flex-1">
          <TextField
            label="Filter events"
            hiddenLabel
            data-search
            placeholder="name:artifact  level:>=warn  op:read  -name:file  words"
            spellCheck={false}
            className="font-mono text-xs"
            defaultValue={text}
            onChange={({ currentTarget }) => setSearch({ q: currentTarget.value })}
            {...(query.problem === undefined ? {} : { error: query.problem })}
          />
        </div>
        <CheckField
          label="Only what A2A clients saw"
          checked={onlyFrames}
          onChange={({ currentTarget }) => setSearch({ frames: currentTarget.checked ? "1" : undefined })}
        />
        <span className="text-xs text-muted tabular-nums">
          {shown.length} of {count}
        </span>
      </div>
      <div className="grid min-w-0 gap-3 lg:grid-cols-[minmax(0,1fr)_minmax(0,28rem)]">
        <Rows events={shown} selected={event?.seq} startMs={startMs} onSelect={setSelected} onSeek={onSeek} />
        {event === undefined ? undefined : <Detail event={event} contextId={contextId} />}
      </div>
    </div>
  );
}

function readQuery(text: string): { readonly query?: ReturnType<typeof parseQuery>; readonly problem?: string } {
  if (text.trim() === "") return {};
  try {
    return { query: parseQuery(text, { nowUs: Date.now() * 1_000 }) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

interface RowsProps {
  readonly events: readonly TaskEvent[];
  readonly selected: number | undefined;
  readonly startMs: number;
  readonly onSelect: (seq: number) => void;
  readonly onSeek: (seq: number) => void;
}

function Rows({ events, selected, startMs, onSelect, onSeek }: RowsProps) {
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: events.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const at = events.findIndex(({ seq }) => seq === selected);
  useEffect(() => {
    if (at >= 0) rows.scrollToIndex(at);
  }, [at, rows]);
  if (events.length === 0)
    return <p className="rounded-md border border-line p-4 text-center text-sm text-muted">No event fits.</p>;
  return (
    <div
      ref={box}
      role="listbox"
      tabIndex={0}
      aria-label="Events"
      aria-activedescendant={selected === undefined ? undefined : `event-${selected}`}
      onKeyDown={(event) => {
        const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15 }[event.key];
        const next = by === undefined ? undefined : events[Math.min(events.length - 1, Math.max(0, at + by))];
        if (next !== undefined) onSelect(next.seq);
        else if (event.key === "Enter" && selected !== undefined) onSeek(selected);
        else return;
        event.preventDefault();
      }}
      className="h-[55dvh] min-h-64 overflow-auto rounded-md border border-line bg-panel"
    >
      <div className="relative" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, start }) => {
          const event = events[index];
          if (event === undefined) return undefined;
          const { title, detail, tone } = wordsOf(event);
          return (
            <div
              key={event.seq}
              id={`event-${event.seq}`}
              role="option"
              aria-selected={event.seq === selected}
              aria-setsize={events.length}
              aria-posinset={index + 1}
              onClick={() => onSelect(event.seq)}
              onDoubleClick={() => onSeek(event.seq)}
              className={clsx(
                "absolute inset-x-0 flex items-center gap-2 px-2 text-xs whitespace-nowrap",
                event.seq === selected ? "bg-accent-soft" : "hover:bg-sunken",
              )}
              style={{ height: ROW, transform: `translateY(${start}px)` }}
            >
              <span className="w-10 shrink-0 text-right font-mono text-muted tabular-nums">{event.seq}</span>
              <span className="w-16 shrink-0 text-right font-mono text-muted tabular-nums">
                +{formatDuration(Math.max(0, Date.parse(event.at) - startMs) * 1_000)}
              </span>
              <span className={clsx("w-24 shrink-0 truncate rounded-full px-2 font-medium", TONES[tone])}>
                {event.body.kind}
              </span>
              <span className="shrink-0">{plainText(title)}</span>
              <span className="min-w-0 truncate text-muted">{plainText(detail.slice(0, 200))}</span>
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Detail({ event, contextId }: { readonly event: TaskEvent; readonly contextId: string }) {
  const [isFrame, setFrame] = useState(false);
  const frame = frameOf(event, contextId);
  const value = isFrame ? frame : event;
  return (
    <section aria-label={`Event ${event.seq}`} className="min-w-0 rounded-md border border-line bg-panel">
      <header className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-1.5">
        <h2 className="text-sm font-semibold">
          Event {event.seq} <span className="font-normal text-muted">{event.body.kind}</span>
        </h2>
        <span className="font-mono text-xs text-muted">{event.at}</span>
        <span className="ml-auto flex items-center gap-1">
          <button
            type="button"
            aria-pressed={isFrame}
            onClick={() => setFrame(!isFrame)}
            className="min-h-6 rounded border border-line-strong px-2 text-xs aria-pressed:bg-accent-soft"
          >
            A2A frame
          </button>
          <CopyButton text={JSON.stringify(value ?? null, null, 2)} label="Copy the JSON" />
        </span>
      </header>
      <div className="p-2">
        {isFrame && frame === undefined ? (
          <p className="p-2 text-sm text-muted">Clients of A2A do not see this event.</p>
        ) : (
          <JsonView value={value} label={`Event ${event.seq} as JSON`} />
        )}
      </div>
    </section>
  );
}
