import { Link } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight, X } from "lucide-react";
import { useState } from "react";
import type { SpanRecord } from "@berth/telemetry";
import { viewOf } from "@berth/telemetry";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { CopyButton } from "../../../ui/copy-button.tsx";
import { Facts } from "../../../ui/facts.tsx";
import { JsonView } from "../../../ui/json-view.tsx";
import { plainText } from "../../../ui/plain-text.ts";
import { Tabs } from "../../../ui/tabs.tsx";
import { formatCost, formatDuration } from "../../../ui/time.tsx";
import { KIND_LOOKS, KindIcon } from "../kind-look.tsx";
import { selfUs } from "../model/self-time.ts";
import { endOf } from "../model/trace-tree.ts";
import type { TraceParts } from "../trace-parts.ts";
import { AttributeTable } from "../../../ui/attribute-table.tsx";
import { MessageList } from "./message-list.tsx";
import { SpanLogs } from "./span-logs.tsx";

/** Everything about one span, beside the picture: what is chosen does not move the rows. */
export function SpanPanel({
  parts,
  span,
  onClose,
}: {
  readonly parts: TraceParts;
  readonly span: SpanRecord;
  readonly onClose: () => void;
}) {
  const [tab, setTab] = useState("io");
  const { tree, nowUs, move } = parts;
  const view = viewOf(span);
  const at = tree.bySpanId.get(span.spanId) ?? 0;
  const events = span.events ?? [];
  const links = span.links ?? [];
  const tabs = [
    { id: "io", label: "In and out" },
    { id: "attributes", label: `Attributes ${Object.keys(span.attributes).length}` },
    { id: "logs", label: "Logs" },
    ...(events.length === 0 ? [] : [{ id: "events", label: `Events ${events.length}` }]),
    ...(links.length === 0 ? [] : [{ id: "links", label: `Links ${links.length}` }]),
    { id: "json", label: "JSON" },
  ];
  const selected = tabs.some(({ id }) => id === tab) ? tab : "io";
  return (
    <section
      aria-label={`Span ${plainText(span.name)}`}
      className="flex min-w-0 flex-col rounded-md border border-line bg-panel lg:h-[58dvh] lg:min-h-72"
    >
      <header className="flex items-start gap-2 border-b border-line px-3 py-2">
        <div className="min-w-0 flex-1">
          <h2 className="text-sm font-semibold break-words">{plainText(span.name)}</h2>
          <div className="mt-1 flex flex-wrap items-center gap-1.5 text-xs">
            <span className="inline-flex items-center gap-1">
              <KindIcon kind={view.kind} />
              {KIND_LOOKS[view.kind].label}
            </span>
            <Badge tone={span.endUs === undefined ? "info" : span.status === "error" ? "bad" : "plain"}>
              {span.endUs === undefined
                ? "running"
                : span.status === "error"
                  ? "failed"
                  : formatDuration(span.endUs - span.startUs)}
            </Badge>
            <Badge>{span.source === "platform" ? "seen by the platform" : "said by the agent"}</Badge>
          </div>
        </div>
        <span className="flex shrink-0 items-center">
          <Button look="quiet" small aria-label="Previous span (b)" onClick={() => move(-1)}>
            <ChevronLeft size={14} aria-hidden />
          </Button>
          <Button look="quiet" small aria-label="Next span (f)" onClick={() => move(1)}>
            <ChevronRight size={14} aria-hidden />
          </Button>
          <Button look="quiet" small aria-label="Close the span" onClick={onClose}>
            <X size={14} aria-hidden />
          </Button>
        </span>
      </header>
      <div
        className="flex min-h-0 flex-1 flex-col gap-3 overflow-y-auto p-3"
        tabIndex={0}
        role="group"
        aria-label="Details of the span"
      >
        {view.error === undefined ? undefined : (
          <p role="note" className="rounded-md bg-bad-soft p-2 text-sm break-words text-bad">
            {plainText(view.error)}
          </p>
        )}
        <Facts
          facts={[
            {
              name: "Took",
              value: `${formatDuration(endOf(span, nowUs) - span.startUs)}${span.endUs === undefined ? " so far" : ""}, itself ${formatDuration(selfUs(tree, at, nowUs))}`,
            },
            { name: "Starts", value: `+${formatDuration(Math.max(0, span.startUs - tree.startUs))}` },
            { name: "Model", value: view.model === undefined ? undefined : plainText(view.model) },
            { name: "Tool", value: view.toolName === undefined ? undefined : plainText(view.toolName) },
            { name: "Tokens", value: view.tokens === undefined ? undefined : tokensText(view.tokens) },
            {
              name: "Cost",
              value:
                view.costMicros === undefined
                  ? undefined
                  : `${formatCost(view.costMicros)}${view.costSource === "claimed" ? ", as the agent claims" : ""}`,
            },
            {
              name: "Agent",
              value:
                span.agent === undefined ? undefined : (
                  <Link to="/agents/$name" params={{ name: span.agent }}>
                    {plainText(span.agent)}
                  </Link>
                ),
            },
            {
              name: "Task",
              value:
                span.taskId === undefined ? undefined : (
                  <Link to="/tasks/$id" params={{ id: span.taskId }} className="break-all">
                    {span.taskId}
                  </Link>
                ),
            },
            {
              name: "Span",
              value: (
                <span className="inline-flex items-center gap-1 font-mono text-xs">
                  {span.spanId}
                  <CopyButton text={span.spanId} label="Copy the span's id" />
                </span>
              ),
            },
          ]}
        />
        <Tabs label="Of the span" tabs={tabs} selected={selected} onSelect={setTab}>
          <div className="flex flex-col gap-4">
            {selected === "io" ? <InAndOut view={view} /> : undefined}
            {selected === "attributes" ? (
              <>
                <AttributeTable label="Attributes" attributes={span.attributes} />
                <AttributeTable label="Resource" attributes={span.resource ?? {}} />
              </>
            ) : undefined}
            {selected === "logs" ? (
              <SpanLogs traceId={span.traceId} spanId={span.spanId} startUs={span.startUs} />
            ) : undefined}
            {selected === "events"
              ? events.map(({ name, atUs, attributes }, index) => (
                  // Events of a span never change their places.
                  <div key={index} className="flex flex-col gap-1">
                    <p className="text-sm font-medium">
                      {plainText(name)}{" "}
                      <span className="font-normal text-muted tabular-nums">
                        +{formatDuration(Math.max(0, atUs - span.startUs))}
                      </span>
                    </p>
                    <AttributeTable label="Attributes" attributes={attributes} />
                  </div>
                ))
              : undefined}
            {selected === "links"
              ? links.map((link) => (
                  <p key={`${link.traceId} ${link.spanId}`} className="text-sm">
                    <Link
                      to="/traces/$id"
                      params={{ id: link.traceId }}
                      search={{ span: link.spanId }}
                      className="font-mono text-xs break-all"
                    >
                      {link.traceId} {link.spanId}
                    </Link>
                  </p>
                ))
              : undefined}
            {selected === "json" ? <JsonView value={span} label="Span as JSON" /> : undefined}
          </div>
        </Tabs>
      </div>
    </section>
  );
}

function InAndOut({ view }: { readonly view: ReturnType<typeof viewOf> }) {
  const { inputMessages, outputMessages, toolArguments, toolResult } = view;
  if (
    inputMessages === undefined &&
    outputMessages === undefined &&
    toolArguments === undefined &&
    toolResult === undefined
  )
    return <p className="text-sm text-muted">This span says nothing of what went in and came out.</p>;
  return (
    <>
      {toolArguments === undefined ? undefined : <Value label="Arguments" value={toolArguments} />}
      {toolResult === undefined ? undefined : <Value label="Result" value={toolResult} />}
      {inputMessages === undefined ? undefined : <MessageList label="In" messages={inputMessages} />}
      {outputMessages === undefined ? undefined : <MessageList label="Out" messages={outputMessages} />}
    </>
  );
}

function Value({ label, value }: { readonly label: string; readonly value: unknown }) {
  return (
    <section aria-label={label} className="flex flex-col gap-1">
      <h3 className="text-xs font-semibold text-muted">{label}</h3>
      <JsonView value={value} label={label} />
    </section>
  );
}

function tokensText({ input, output, cached, reasoning }: NonNullable<ReturnType<typeof viewOf>["tokens"]>): string {
  const parts = [`${input ?? 0} in`, `${output ?? 0} out`];
  if (cached !== undefined) parts.push(`${cached} cached`);
  if (reasoning !== undefined) parts.push(`${reasoning} reasoning`);
  return parts.join(", ");
}
