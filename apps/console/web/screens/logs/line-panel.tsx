import { Link } from "@tanstack/react-router";
import { Bookmark, X } from "lucide-react";
import { levelOf } from "@berth/telemetry";
import type { StoredLog } from "@berth/telemetry";
import { Button } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { Facts } from "../../ui/facts.tsx";
import { JsonView } from "../../ui/json-view.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { AnsiLine } from "../../ui/ansi-line.tsx";
import { AttributeTable } from "../../ui/attribute-table.tsx";
import { toggleBookmark } from "./bookmarks.ts";
import { LevelBadge } from "../../ui/level-badge.tsx";
import { jsonOf, withoutAnsi } from "./model/log-text.ts";

export interface LinePanelProps {
  readonly log: StoredLog;
  readonly isMarked: boolean;
  readonly onContext: () => void;
  readonly onClose: () => void;
}

/** Everything about one line. */
export function LinePanel({ log, isMarked, onContext, onClose }: LinePanelProps) {
  const json = jsonOf(log.body);
  const { agent, taskId, traceId, spanId, instanceId, release } = log;
  return (
    <section
      aria-label="The line"
      className="flex min-w-0 flex-col border-line bg-panel max-lg:border-t lg:h-[62dvh] lg:min-h-72 lg:border-l"
    >
      <header className="flex items-center gap-1 border-b border-line px-3 py-1.5">
        <LevelBadge level={levelOf(log.severity)} />
        <h2 className="min-w-0 truncate font-mono text-xs font-semibold tabular-nums">
          {new Date(log.atUs / 1_000).toISOString()}
        </h2>
        <span className="ml-auto flex shrink-0 items-center">
          <Button
            look="quiet"
            small
            aria-label="Bookmark"
            aria-pressed={isMarked}
            title="Bookmark (m)"
            onClick={() => toggleBookmark({ id: log.id, atUs: log.atUs, text: withoutAnsi(log.body).slice(0, 200) })}
          >
            <Bookmark size={14} aria-hidden className={isMarked ? "fill-current text-accent" : ""} />
          </Button>
          <CopyButton text={withoutAnsi(log.body)} label="Copy the line" />
          <Button look="quiet" small aria-label="Close the line" onClick={onClose}>
            <X size={14} aria-hidden />
          </Button>
        </span>
      </header>
      <div
        className="flex min-h-0 flex-1 flex-col gap-3 overflow-y-auto p-3"
        tabIndex={0}
        role="group"
        aria-label="Details of the line"
      >
        {json === undefined ? (
          <p
            className="max-h-64 shrink-0 overflow-auto rounded-md bg-sunken p-2 font-mono text-xs break-words whitespace-pre-wrap"
            tabIndex={0}
          >
            <AnsiLine text={log.body} />
          </p>
        ) : (
          <JsonView value={json} label="The line as JSON" />
        )}
        <div className="flex flex-wrap gap-2">
          <Button small onClick={onContext}>
            50 lines around it
          </Button>
        </div>
        <Facts
          facts={[
            {
              name: "Agent",
              value:
                agent === undefined ? undefined : (
                  <Link to="/agents/$name" params={{ name: agent }}>
                    {plainText(agent)}
                  </Link>
                ),
            },
            { name: "Source", value: log.source },
            {
              name: "Instance",
              value:
                instanceId === undefined ? undefined : (
                  <span className="font-mono text-xs break-all">{instanceId}</span>
                ),
            },
            {
              name: "Release",
              value: release === undefined ? undefined : <span className="font-mono text-xs break-all">{release}</span>,
            },
            {
              name: "Task",
              value:
                taskId === undefined ? undefined : (
                  <Link to="/tasks/$id" params={{ id: taskId }} className="font-mono text-xs break-all">
                    {taskId}
                  </Link>
                ),
            },
            {
              name: "Trace",
              value:
                traceId === undefined ? undefined : (
                  <Link
                    to="/traces/$id"
                    params={{ id: traceId }}
                    search={spanId === undefined ? {} : { span: spanId }}
                    className="font-mono text-xs break-all"
                  >
                    {traceId}
                  </Link>
                ),
            },
          ]}
        />
        <AttributeTable label="Attributes" attributes={log.attributes} />
        <AttributeTable label="Resource" attributes={log.resource ?? {}} />
      </div>
    </section>
  );
}
