import { useMemo } from "react";
import type { TaskView } from "@berth/protocol";
import { useSearchState } from "../../ui/search-state.ts";
import { Tabs } from "../../ui/tabs.tsx";
import { earlyView, lazyView } from "../../ui/lazy-view.tsx";
import type { Lane, LaneItem } from "./model/lanes.ts";
import type { Skew } from "./model/skew.ts";
import type { TaskTelemetry } from "./model/task-telemetry.ts";
import type { Interval } from "../../ui/time-scale.ts";
import type { TaskFeed } from "./task-feed.ts";

const ConversationPane = earlyView(async () => (await import("./panes/conversation-pane.tsx")).ConversationPane);

const ClockPane = lazyView(async () => (await import("./clock/clock-pane.tsx")).ClockPane);
const AuthorityPane = lazyView(async () => (await import("./panes/authority-pane.tsx")).AuthorityPane);
const DeliveriesPane = lazyView(async () => (await import("./panes/deliveries-pane.tsx")).DeliveriesPane);
const ComparePane = lazyView(async () => (await import("./fork/compare-pane.tsx")).ComparePane);
const EventsPane = lazyView(async () => (await import("./panes/events-pane.tsx")).EventsPane);

export interface TaskPanesProps {
  readonly feed: TaskFeed;
  readonly version: number;
  /** As at the playhead, with how many events that are. */
  readonly view: TaskView;
  readonly count: number;
  readonly lanes: readonly Lane[];
  readonly skews: readonly Skew[];
  readonly isLive: boolean;
  readonly agent: string;
  readonly telemetry: { readonly data?: TaskTelemetry | undefined; readonly error: unknown };
  readonly onSeek: (seq: number) => void;
  readonly onFork: (seq: number) => void;
  readonly onOpen: (item: LaneItem) => void;
}

const TABS = [
  { id: "conversation", label: "Conversation" },
  { id: "clock", label: "One clock" },
  { id: "events", label: "Events" },
  { id: "authority", label: "Files and authority" },
  { id: "deliveries", label: "Push" },
] as const;

export function TaskPanes({
  feed,
  version,
  view,
  count,
  lanes,
  skews,
  isLive,
  agent,
  telemetry,
  onSeek,
  onFork,
  onOpen,
}: TaskPanesProps) {
  const [search, setSearch] = useSearchState();
  const { log } = feed;
  const { events } = log;
  const otherId = search["with"];
  const tabs = otherId === undefined ? TABS : [...TABS, { id: "compare", label: "Compare" }];
  const selected = tabs.find(({ id }) => id === search["tab"])?.id ?? "conversation";
  const between = search["between"];
  const range = useMemo(() => readRange(between), [between]);
  const brush = range === undefined ? {} : { brush: range };
  const setBrush = (next: Interval | undefined): void =>
    setSearch({ between: next === undefined ? undefined : `${Math.round(next.fromMs)}-${Math.round(next.toMs)}` });
  return (
    <Tabs
      label="Panes"
      tabs={tabs}
      selected={selected}
      onSelect={(tab) => setSearch({ tab: tab === "conversation" ? undefined : tab })}
    >
      {selected === "conversation" ? (
        <ConversationPane
          events={events}
          count={count}
          version={version}
          view={view}
          agent={agent}
          isLive={isLive}
          onSeek={onSeek}
          onFork={onFork}
          {...brush}
        />
      ) : undefined}
      {selected === "clock" ? (
        <ClockPane
          lanes={lanes}
          skews={skews}
          onBrush={setBrush}
          onOpen={onOpen}
          {...brush}
          {...(isLive ? {} : { headMs: Date.parse(events[count - 1]?.at ?? "") })}
          {...noticeOf(telemetry)}
        />
      ) : undefined}
      {selected === "events" ? (
        <EventsPane events={events} count={count} version={version} onSeek={onSeek} {...brush} />
      ) : undefined}
      {selected === "authority" ? (
        <AuthorityPane events={events} count={count} version={version} onSeek={onSeek} />
      ) : undefined}
      {selected === "deliveries" ? (
        <DeliveriesPane taskId={feed.taskId} seq={log.lastSeq} onSeek={onSeek} />
      ) : undefined}
      {selected === "compare" && otherId !== undefined ? (
        <ComparePane
          log={log}
          view={view}
          otherId={otherId}
          onClose={() => setSearch({ with: undefined, tab: undefined })}
        />
      ) : undefined}
    </Tabs>
  );
}

function noticeOf({ data, error }: TaskPanesProps["telemetry"]): { readonly notice?: string } {
  if (data?.truncated === true) return { notice: "There are more spans and lines than are shown here." };
  if (data === undefined && error !== null && error !== undefined) {
    const why = error instanceof Error ? `: ${error.message}` : ".";
    return { notice: `Spans and logs could not be read${why}` };
  }
  return {};
}

function readRange(text: string | undefined): Interval | undefined {
  const [, from, to] = /^(\d{1,16})-(\d{1,16})$/.exec(text ?? "") ?? [];
  return from === undefined || to === undefined ? undefined : { fromMs: Number(from), toMs: Number(to) };
}
