import { useEffect, useRef } from "react";
import type { ReactNode } from "react";
import { Empty, Failure, Loading } from "../../ui/status.tsx";
import { TurnView } from "./turn-view.tsx";
import type { TurnActions } from "./turn-view.tsx";
import type { OpenConversation } from "./use-conversation.ts";

export interface LaneProps {
  readonly title: ReactNode;
  readonly agent: string;
  readonly description: string;
  readonly skills: readonly string[];
  readonly open: OpenConversation | undefined;
  readonly actions: TurnActions;
}

const NEAR_PX = 80;

/** One conversation, at its newest as long as nobody has scrolled away from there. */
export function Lane({ title, agent, description, skills, open, actions }: LaneProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const isNear = useRef(true);
  const turns = open?.conversation.turns ?? [];
  useEffect(() => {
    const box = scroller.current;
    if (box !== null && isNear.current) box.scrollTop = box.scrollHeight;
  });
  return (
    <section aria-label={`Conversation with ${agent}`} className="flex min-h-0 min-w-0 flex-1 flex-col">
      {title}
      <div
        ref={scroller}
        role="log"
        aria-live="off"
        aria-label={`What was said with ${agent}`}
        tabIndex={0}
        onScroll={({ currentTarget: box }) => {
          isNear.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
        }}
        className="flex min-h-0 flex-1 flex-col gap-6 overflow-y-auto p-4"
      >
        {open?.error === undefined ? undefined : <Failure error={open.error} />}
        {open?.isLoading === true ? <Loading what="the conversation" /> : undefined}
        {turns.length === 0 && open?.isLoading !== true && open?.error === undefined ? (
          <Empty title={`Talk to ${agent}`}>
            {description}
            {skills.length === 0 ? undefined : (
              <span className="mt-1 block text-xs">Its skills: {skills.join(", ")}</span>
            )}
          </Empty>
        ) : undefined}
        {turns.map((turn) => (
          <TurnView key={turn.key} turn={turn} agent={agent} actions={actions} />
        ))}
      </div>
      <p role="status" className="sr-only">
        {summaryOf(turns.at(-1)?.view?.task.status.state)}
      </p>
    </section>
  );
}

/** Said once for each state, not for each word. */
function summaryOf(state: string | undefined): string {
  return state === undefined ? "" : `The agent: ${state.replace("TASK_STATE_", "").replaceAll("_", " ").toLowerCase()}`;
}
