import type { Attributes } from "./attributes.ts";
import { expandFlattened } from "./expand-flattened.ts";
import { GENKIT, GEN_AI, OPENINFERENCE, OPENLLMETRY, VERCEL_AI } from "./semconv.ts";
import type { SpanEvent, SpanRecord } from "./span.ts";
import type { ViewMessage } from "./view-message.ts";
import { asMap, asMessages, parsed } from "./view-message.ts";

export interface SpanMessages {
  readonly input: readonly ViewMessage[];
  readonly output: readonly ViewMessage[];
}

/** What was said to a model or agent and what it answered; the first dialect that says something is taken. */
export function messagesOf(span: SpanRecord): SpanMessages {
  const details = span.events?.find(({ name }) => name === GEN_AI.detailsEvent)?.attributes;
  for (const read of [
    genAi(span.attributes),
    genAi(details ?? {}),
    genAiEvents(span.events ?? []),
    ...others(span.attributes),
  ]) {
    if (read.input.length > 0 || read.output.length > 0) return read;
  }
  return { input: [], output: [] };
}

function others(attributes: Attributes): readonly SpanMessages[] {
  return [openInference(attributes), vercelAi(attributes), genkit(attributes), openLlmetry(attributes)];
}

/** 1.37 and later. */
function genAi(attributes: Attributes): SpanMessages {
  const instructions = asMessages(parsed(attributes[GEN_AI.systemInstructions]), "system");
  return {
    input: [...instructions, ...asMessages(parsed(attributes[GEN_AI.inputMessages]), "user")],
    output: asMessages(parsed(attributes[GEN_AI.outputMessages]), "assistant"),
  };
}

const MESSAGE_EVENT = /^gen_ai\.(system|user|assistant|tool)\.message$/;

/** Up to 1.36: each message an event, the answer a `gen_ai.choice`. */
function genAiEvents(events: readonly SpanEvent[]): SpanMessages {
  const input: ViewMessage[] = [];
  const output: ViewMessage[] = [];
  for (const { name, attributes } of events) {
    const [, role] = MESSAGE_EVENT.exec(name) ?? [];
    if (role !== undefined) input.push(...asMessages([unpacked(attributes)], role));
    if (name === "gen_ai.choice")
      output.push(...asMessages([unpacked(asMap(parsed(attributes["message"])) ?? attributes)], "assistant"));
  }
  return { input, output };
}

function unpacked(attributes: Attributes): Attributes {
  const { tool_calls: toolCalls, ...rest } = attributes;
  return toolCalls === undefined ? rest : { ...rest, tool_calls: parsed(toolCalls) ?? null };
}

function openInference(attributes: Attributes): SpanMessages {
  const input = asMessages(expandFlattened(attributes, OPENINFERENCE.inputMessages), "user");
  const output = asMessages(expandFlattened(attributes, OPENINFERENCE.outputMessages), "assistant");
  if (OPENINFERENCE.kind in attributes && input.length === 0 && output.length === 0) {
    return {
      input: asMessages(parsed(attributes[OPENINFERENCE.inputValue]), "user"),
      output: asMessages(parsed(attributes[OPENINFERENCE.outputValue]), "assistant"),
    };
  }
  return { input, output };
}

function vercelAi(attributes: Attributes): SpanMessages {
  const prompt = asMap(parsed(attributes[VERCEL_AI.prompt]));
  const messages = parsed(attributes[VERCEL_AI.promptMessages]) ?? prompt?.["messages"] ?? prompt?.["prompt"];
  const toolCalls = parsed(attributes[VERCEL_AI.responseToolCalls]);
  const text = attributes[VERCEL_AI.responseText] ?? attributes[VERCEL_AI.responseObject];
  const answer = { content: text ?? "", ...(toolCalls === undefined ? {} : { tool_calls: toolCalls }) };
  return {
    input: [...asMessages(prompt?.["system"], "system"), ...asMessages(messages, "user")],
    output: text === undefined && toolCalls === undefined ? [] : asMessages([answer], "assistant"),
  };
}

function genkit(attributes: Attributes): SpanMessages {
  const input = parsed(attributes[GENKIT.input]);
  const output = parsed(attributes[GENKIT.output]);
  return {
    input: asMessages(asMap(input)?.["messages"] ?? input, "user"),
    output: asMessages(asMap(output)?.["message"] ?? output, "assistant"),
  };
}

function openLlmetry(attributes: Attributes): SpanMessages {
  return {
    input: asMessages(expandFlattened(attributes, OPENLLMETRY.prompt), "user"),
    output: asMessages(expandFlattened(attributes, OPENLLMETRY.completion), "assistant"),
  };
}
