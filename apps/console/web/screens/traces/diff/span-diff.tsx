import { X } from "lucide-react";
import type { ReactNode } from "react";
import { viewOf } from "@berth/telemetry";
import { Button } from "../../../ui/button.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { plainText } from "../../../ui/plain-text.ts";
import { TextDiff, ValueDiff } from "../../task/fork/diff-view.tsx";
import { messagesText } from "../model/trace-diff.ts";
import type { DiffRow } from "../model/trace-diff.ts";

/** How one span differs from the one in its place: what was asked and answered line by line, the rest value by value. */
export function SpanDiff({ row, onClose }: { readonly row: DiffRow; readonly onClose: () => void }) {
  const { before, after } = row;
  const span = after ?? before;
  if (span === undefined) return undefined;
  const [a, b] = [before, after].map((each) => (each === undefined ? undefined : viewOf(each)));
  const [promptA, promptB] = [messagesText(a?.inputMessages), messagesText(b?.inputMessages)];
  const [answerA, answerB] = [messagesText(a?.outputMessages), messagesText(b?.outputMessages)];
  return (
    <Panel
      title={plainText(span.name)}
      actions={
        <Button look="quiet" small aria-label="Close the span" onClick={onClose}>
          <X size={14} aria-hidden />
        </Button>
      }
    >
      <div className="flex flex-col gap-4">
        {promptA === "" && promptB === "" ? undefined : (
          <Section title="Prompt">
            <TextDiff before={promptA} after={promptB} />
          </Section>
        )}
        {answerA === "" && answerB === "" ? undefined : (
          <Section title="Answer">
            <TextDiff before={answerA} after={answerB} />
          </Section>
        )}
        <Section title="Values">
          <ValueDiff before={valuesOf(before, a)} after={valuesOf(after, b)} />
        </Section>
      </div>
    </Panel>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h3 className="mb-1 text-xs font-semibold text-muted">{title}</h3>
      {children}
    </section>
  );
}

const MESSAGES = /messages|prompt|completion|tool\.call|system_instructions/;

/** Without messages, which are shown as a text above, and ids and times, which are others in every run. */
function valuesOf(span: DiffRow["before"], view: ReturnType<typeof viewOf> | undefined): unknown {
  if (span === undefined) return undefined;
  const { inputMessages: _in, outputMessages: _out, ...rest } = view ?? {};
  const attributes = Object.entries(span.attributes).filter(([key]) => !MESSAGES.test(key));
  return { status: span.status, ...rest, attributes: Object.fromEntries(attributes) };
}
