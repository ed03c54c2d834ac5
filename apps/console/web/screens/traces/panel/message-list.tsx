import { Wrench } from "lucide-react";
import type { ViewMessage, ViewPart } from "@berth/telemetry";
import { JsonView } from "../../../ui/json-view.tsx";
import { Markdown } from "../../../ui/markdown.tsx";
import { plainText } from "../../../ui/plain-text.ts";

const MOST_MARKDOWN = 40_000;

/** What was said to a model or agent and what it said, as a conversation. */
export function MessageList({
  label,
  messages,
}: {
  readonly label: string;
  readonly messages: readonly ViewMessage[];
}) {
  return (
    <section aria-label={label} className="flex flex-col gap-2">
      <h3 className="text-xs font-semibold text-muted">{label}</h3>
      {messages.map(({ role, parts }, index) => (
        // Messages of a span never change their places.
        <div
          key={index}
          className={`rounded-md border border-line p-2 ${role === "assistant" ? "bg-accent-soft/40" : role === "system" ? "bg-sunken" : "bg-panel"}`}
        >
          <p className="mb-1 text-xs font-semibold">{plainText(role)}</p>
          <div className="flex flex-col gap-2">
            {parts.map((part, at) => (
              <Part key={at} part={part} />
            ))}
          </div>
        </div>
      ))}
    </section>
  );
}

function Part({ part }: { readonly part: ViewPart }) {
  switch (part.type) {
    case "text":
      return part.text.length > MOST_MARKDOWN ? (
        <JsonView value={part.text} label="Text" />
      ) : (
        <Markdown text={part.text} />
      );
    case "reasoning":
      return (
        <details className="text-sm">
          <summary className="min-h-6 text-xs text-muted">Reasoning</summary>
          <p className="break-words whitespace-pre-wrap text-muted">{plainText(part.text)}</p>
        </details>
      );
    case "tool_call":
      return (
        <div className="rounded border border-line bg-panel p-2">
          <p className="mb-1 flex items-center gap-1.5 text-xs font-medium">
            <Wrench size={13} aria-hidden className="text-(--kind-tool)" />
            calls {plainText(part.name)}
          </p>
          {part.arguments === undefined ? undefined : (
            <JsonView value={part.arguments} label={`Arguments of ${part.name}`} />
          )}
        </div>
      );
    case "tool_result":
      return <JsonView value={part.result} label="Result of a tool" />;
    default:
      return <JsonView value={part.value} label="Content" />;
  }
}
