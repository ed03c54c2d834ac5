import { useEffect, useMemo, useRef, useState } from "react";
import type { TaskEvent, TaskView } from "@berth/protocol";
import { Button } from "../../../ui/button.tsx";
import { ConversationItemView } from "../cards/conversation-item.tsx";
import { conversationOf } from "../model/conversation.ts";
import type { Interval } from "../../../ui/time-scale.ts";

const PAGE = 150;
/** So near its end the list is taken to be followed. */
const AT_END_PX = 60;

export interface ConversationPaneProps {
  readonly events: readonly TaskEvent[];
  readonly count: number;
  readonly version: number;
  readonly view: TaskView;
  readonly agent: string;
  readonly isLive: boolean;
  readonly brush?: Interval;
  readonly onSeek: (seq: number) => void;
  readonly onFork: (seq: number) => void;
}

/** What was said, made and done, as at the playhead. It follows its end until somebody scrolls away from it. */
export function ConversationPane({
  events,
  count,
  version,
  view,
  agent,
  isLive,
  brush,
  onSeek,
  onFork,
}: ConversationPaneProps) {
  const [pages, setPages] = useState(1);
  const items = useMemo(() => {
    const all = conversationOf(events, count, view);
    return brush === undefined
      ? all
      : all.filter(({ at }) => Date.parse(at) >= brush.fromMs && Date.parse(at) <= brush.toMs);
    // The list grows in place: its version says so.
  }, [events, count, version, view, brush]);
  const shown = items.slice(-pages * PAGE);
  const box = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    const element = box.current;
    if (element !== null && isAtEnd.current) element.scrollTop = element.scrollHeight;
  }, [items]);
  const startMs = Date.parse(events[0]?.at ?? "");
  const last = items.reduce((newest, item) => Math.max(newest, item.seq), 0);
  return (
    <div
      ref={box}
      tabIndex={0}
      role="region"
      aria-label="Conversation"
      onScroll={({ currentTarget }) => {
        isAtEnd.current = currentTarget.scrollHeight - currentTarget.scrollTop - currentTarget.clientHeight < AT_END_PX;
      }}
      className="min-w-0 rounded-lg border border-line bg-panel p-2 md:max-h-[calc(100dvh-12rem)] md:min-h-80 md:overflow-y-auto"
    >
      {shown.length < items.length ? (
        <div className="flex justify-center py-1">
          <Button small onClick={() => setPages(pages + 1)}>
            {items.length - shown.length} before these
          </Button>
        </div>
      ) : undefined}
      {items.length === 0 ? <p className="p-6 text-center text-sm text-muted">Nothing in this time.</p> : undefined}
      <ol className="flex flex-col gap-0.5">
        {shown.map((item) => (
          <ConversationItemView
            key={item.key}
            item={item}
            agent={agent}
            startMs={startMs}
            isCurrent={!isLive && item.seq === last}
            onSeek={onSeek}
            onFork={onFork}
          />
        ))}
      </ol>
    </div>
  );
}
