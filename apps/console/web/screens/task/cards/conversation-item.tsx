import {
  Brain,
  CircleDot,
  CirclePause,
  Cog,
  EyeOff,
  FileText,
  KeyRound,
  ListEnd,
  MessageSquare,
  ScrollText,
  Share2,
  Unplug,
  User,
} from "lucide-react";
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { Badge } from "../../../ui/badge.tsx";
import { LinkButton } from "../../../ui/link-button.tsx";
import { plainText } from "../../../ui/plain-text.ts";
import { StateBadge } from "../../../ui/state-badge.tsx";
import { ContentView } from "../content-view.tsx";
import type { ConversationItem } from "../model/conversation.ts";
import { stateTone } from "../time/scrub-strip.ts";
import { ArtifactCard } from "./artifact-card.tsx";
import { ItemFrame } from "./item-frame.tsx";
import { LogEntries, ProgressReports } from "./reports.tsx";
import { ModelCard, StepCard } from "./work-cards.tsx";

export interface ItemProps {
  readonly item: ConversationItem;
  readonly agent: string;
  readonly startMs: number;
  readonly isCurrent: boolean;
  /** Absent: there is no playhead to put there. */
  readonly onSeek?: (seq: number) => void;
  /** For messages of the caller. */
  readonly onFork?: (seq: number) => void;
}

export const ConversationItemView = memo(function ConversationItemView({
  item,
  agent,
  startMs,
  isCurrent,
  onSeek,
  onFork,
}: ItemProps) {
  const frame = { seq: item.seq, at: item.at, startMs, isCurrent, onSeek } as const;
  switch (item.type) {
    case "message": {
      const isCaller = item.message.role === "ROLE_USER";
      return (
        <ItemFrame
          {...frame}
          icon={isCaller ? User : MessageSquare}
          tone={isCaller ? "plain" : "info"}
          title={isCaller ? "Caller" : agent}
          aside={
            isCaller && onFork !== undefined ? (
              <button
                type="button"
                onClick={() => onFork(item.seq)}
                className="min-h-6 rounded px-1.5 text-xs text-accent-text hover:bg-sunken"
              >
                Fork from here
              </button>
            ) : item.isReply ? (
              <Badge>reply without a task</Badge>
            ) : undefined
          }
        >
          <ContentView parts={item.message.parts} name={isCaller ? "message" : "answer"} />
        </ItemFrame>
      );
    }
    case "state":
      return (
        <ItemFrame
          {...frame}
          icon={stateTone(item.state) === "warn" ? CirclePause : CircleDot}
          tone={stateTone(item.state)}
          title={<StateBadge state={item.state} />}
          aside={
            item.reason === undefined ? undefined : <code className="font-mono text-xs text-bad">{item.reason}</code>
          }
        >
          {item.message === undefined ? undefined : <ContentView parts={item.message.parts} name="status" />}
        </ItemFrame>
      );
    case "progress":
      return (
        <ItemFrame {...frame} icon={ListEnd} title={agent} aside={<span className="text-xs text-muted">progress</span>}>
          <ProgressReports reports={item.reports} />
        </ItemFrame>
      );
    case "artifact":
      return (
        <ItemFrame
          {...frame}
          icon={FileText}
          tone="good"
          title={plainText(item.artifact.name ?? item.artifact.artifactId)}
          aside={
            <span className="text-xs text-muted">
              {item.chunks === 1 ? "artifact" : `artifact, ${item.chunks} chunks`}
              {item.isWhole ? "" : ", not whole yet"}
            </span>
          }
        >
          <ArtifactCard artifact={item.artifact} />
        </ItemFrame>
      );
    case "step":
      return <StepCard item={item} frame={{ ...frame, icon: Cog }} />;
    case "model":
      return item.event.body.kind === "model" ? (
        <ModelCard call={item.event.body} frame={{ ...frame, icon: Brain }} />
      ) : undefined;
    case "call": {
      if (item.event.body.kind !== "call") return undefined;
      const { agentName, skill, childTaskId } = item.event.body;
      return (
        <ItemFrame
          {...frame}
          icon={Share2}
          tone="info"
          title={`Called ${agentName}${skill === undefined ? "" : `, ${skill}`}`}
          aside={
            <Link
              to="/tasks/$id"
              params={{ id: childTaskId }}
              className="inline-flex min-h-6 items-center font-mono text-xs"
            >
              {childTaskId}
            </Link>
          }
        />
      );
    }
    case "scope": {
      const { request, decision } = item;
      const phase = decision?.phase ?? "requested";
      return (
        <ItemFrame
          {...frame}
          icon={KeyRound}
          tone={phase === "approved" ? "good" : phase === "requested" ? "warn" : "bad"}
          title={phase === "requested" ? "Asks for more than its grant" : `Request ${phase}`}
          aside={decision?.by === undefined ? undefined : <span className="text-xs text-muted">by {decision.by}</span>}
        >
          <p className="text-sm">{plainText(request.reason)}</p>
          <p className="mt-1 flex flex-wrap items-center gap-1.5">
            {request.read.map((glob) => (
              <Badge key={glob}>read {plainText(glob)}</Badge>
            ))}
            {request.write === undefined ? undefined : <Badge>write {plainText(request.write)}</Badge>}
            {phase === "requested" ? (
              <LinkButton to="/approvals" search={{ id: request.approvalId }}>
                Decide
              </LinkButton>
            ) : undefined}
          </p>
        </ItemFrame>
      );
    }
    case "log":
      return (
        <ItemFrame
          {...frame}
          icon={ScrollText}
          title="Task log"
          aside={
            <span className="text-xs text-muted">
              {item.entries.length === 1 ? "one entry" : `${item.entries.length} entries`}
            </span>
          }
        >
          <LogEntries entries={item.entries} />
        </ItemFrame>
      );
    case "lost":
      return (
        <ItemFrame {...frame} icon={Unplug} tone="bad" title="Lost">
          <p className="text-sm">{plainText(item.detail)}</p>
        </ItemFrame>
      );
    case "hole":
      return (
        <ItemFrame
          {...frame}
          icon={EyeOff}
          tone="warn"
          title={`Events ${item.hole.from} to ${item.hole.to} have not come`}
        />
      );
    default:
      return <ItemFrame {...frame} icon={EyeOff} tone="warn" title={`Erased: ${item.was}`} />;
  }
});
