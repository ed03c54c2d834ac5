import type { AttributeValue } from "./attributes.ts";
import { GENKIT, GEN_AI, OPENINFERENCE, VERCEL_AI } from "./semconv.ts";
import type { SpanRecord } from "./span.ts";
import { messagesOf } from "./span-messages.ts";
import type { SpanSummary } from "./span-summary.ts";
import { summaryOf } from "./span-summary.ts";
import type { ViewMessage } from "./view-message.ts";
import { parsed } from "./view-message.ts";

/** A span as a reader sees it, whatever dialect it was written in. The attributes themselves stay as they came. */
export interface SpanView extends SpanSummary {
  readonly toolArguments?: AttributeValue;
  readonly toolResult?: AttributeValue;
  readonly inputMessages?: readonly ViewMessage[];
  readonly outputMessages?: readonly ViewMessage[];
}

export function viewOf(span: SpanRecord): SpanView {
  const summary = summaryOf(span);
  const tool = summary.kind === "tool" || summary.toolName !== undefined ? toolOf(span) : {};
  const { input, output } = summary.kind === "tool" ? { input: [], output: [] } : messagesOf(span);
  return {
    ...summary,
    ...tool,
    ...(input.length === 0 ? {} : { inputMessages: input }),
    ...(output.length === 0 ? {} : { outputMessages: output }),
  };
}

const ARGUMENTS = [GEN_AI.toolArguments, VERCEL_AI.toolArguments, OPENINFERENCE.inputValue, GENKIT.input];
const RESULT = [GEN_AI.toolResult, VERCEL_AI.toolResult, OPENINFERENCE.outputValue, GENKIT.output];

function toolOf(span: SpanRecord): Pick<SpanView, "toolArguments" | "toolResult"> {
  const args = first(span, ARGUMENTS);
  const result = first(span, RESULT);
  return {
    ...(args === undefined ? {} : { toolArguments: args }),
    ...(result === undefined ? {} : { toolResult: result }),
  };
}

function first({ attributes }: SpanRecord, keys: readonly string[]): AttributeValue | undefined {
  return parsed(keys.map((key) => attributes[key]).find((value) => value !== undefined));
}
