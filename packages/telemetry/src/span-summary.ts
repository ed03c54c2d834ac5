import type { AttributeValue, Attributes } from "./attributes.ts";
import { BERTH, GENKIT, GEN_AI, OPENINFERENCE, VERCEL_AI, A2A, ERROR_TYPE, HTTP, MCP } from "./semconv.ts";
import type { SpanRecord } from "./span.ts";
import type { ViewKind } from "./span-view-kind.ts";
import { VIEW_KINDS } from "./span-view-kind.ts";

export interface TokenCounts {
  readonly input?: number;
  readonly output?: number;
  readonly cached?: number;
  readonly reasoning?: number;
}

/** What lists and indexes want of a span, in one dialect. Costs little: nothing is parsed. */
export interface SpanSummary {
  readonly kind: ViewKind;
  readonly provider?: string;
  readonly model?: string;
  readonly tokens?: TokenCounts;
  readonly costMicros?: number;
  /** `claimed`: the agent says so; bills come from what the platform measured. */
  readonly costSource?: "platform" | "claimed";
  readonly toolName?: string;
  readonly conversationId?: string;
  readonly agentName?: string;
  /** What went wrong, in the fewest words that were sent. */
  readonly error?: string;
}

export function summaryOf(span: SpanRecord): SpanSummary {
  const { attributes } = span;
  const kind = kindOf(span);
  const tokens = tokensOfSpan(attributes);
  return {
    kind,
    ...present("provider", firstText(attributes, PROVIDER)),
    ...present(
      "model",
      firstText(attributes, MODEL) ?? (isGenkitModel(attributes) ? text(attributes[GENKIT.name]) : undefined),
    ),
    ...present("tokens", tokens),
    ...costOf(span),
    ...present(
      "toolName",
      firstText(attributes, TOOL_NAME) ?? (kind === "tool" ? text(attributes[GENKIT.name]) : undefined),
    ),
    ...present("conversationId", firstText(attributes, CONVERSATION)),
    ...present("agentName", firstText(attributes, AGENT_NAME)),
    ...present("error", errorOf(span)),
  };
}

const PROVIDER = [GEN_AI.provider, GEN_AI.systemBefore, OPENINFERENCE.provider, VERCEL_AI.provider];
const MODEL = [
  GEN_AI.responseModel,
  GEN_AI.requestModel,
  OPENINFERENCE.model,
  OPENINFERENCE.embeddingModel,
  VERCEL_AI.responseModel,
  VERCEL_AI.model,
];
const TOOL_NAME = [GEN_AI.toolName, OPENINFERENCE.toolName, VERCEL_AI.toolName];
const CONVERSATION = [GEN_AI.conversationId, OPENINFERENCE.sessionId, VERCEL_AI.sessionId];
const AGENT_NAME = [GEN_AI.agentName, OPENINFERENCE.agentName];
const INPUT_TOKENS = [
  GEN_AI.inputTokens,
  GEN_AI.promptTokensBefore,
  OPENINFERENCE.promptTokens,
  VERCEL_AI.inputTokens,
  VERCEL_AI.promptTokensBefore,
];
const OUTPUT_TOKENS = [
  GEN_AI.outputTokens,
  GEN_AI.completionTokensBefore,
  OPENINFERENCE.completionTokens,
  VERCEL_AI.outputTokens,
  VERCEL_AI.completionTokensBefore,
];
const CACHED_TOKENS = [GEN_AI.cachedTokens, OPENINFERENCE.cachedTokens, VERCEL_AI.cachedTokens];
const REASONING_TOKENS = [GEN_AI.reasoningTokens, OPENINFERENCE.reasoningTokens, VERCEL_AI.reasoningTokens];

const OPENINFERENCE_KINDS: ReadonlyMap<string, ViewKind> = new Map([
  ["LLM", "llm"],
  ["AGENT", "agent"],
  ["CHAIN", "chain"],
  ["TOOL", "tool"],
  ["RETRIEVER", "retriever"],
  ["RERANKER", "retriever"],
  ["EMBEDDING", "embedding"],
  ["GUARDRAIL", "evaluator"],
  ["EVALUATOR", "evaluator"],
  ["PROMPT", "chain"],
]);
const GEN_AI_KINDS: ReadonlyMap<string, ViewKind> = new Map([
  ["chat", "llm"],
  ["generate_content", "llm"],
  ["text_completion", "llm"],
  ["fetch_response", "llm"],
  ["embeddings", "embedding"],
  ["retrieval", "retriever"],
  ["create_agent", "agent"],
  ["invoke_agent", "agent"],
  ["invoke_workflow", "chain"],
  ["plan", "chain"],
  ["execute_tool", "tool"],
  ["search_memory", "memory"],
  ["create_memory", "memory"],
  ["update_memory", "memory"],
  ["upsert_memory", "memory"],
  ["delete_memory", "memory"],
]);
const VERCEL_AI_KINDS: ReadonlyMap<string, ViewKind> = new Map([
  ["ai.generateText", "chain"],
  ["ai.streamText", "chain"],
  ["ai.generateObject", "chain"],
  ["ai.streamObject", "chain"],
  ["ai.generateText.doGenerate", "llm"],
  ["ai.streamText.doStream", "llm"],
  ["ai.generateObject.doGenerate", "llm"],
  ["ai.streamObject.doStream", "llm"],
  ["ai.embed", "chain"],
  ["ai.embedMany", "chain"],
  ["ai.embed.doEmbed", "embedding"],
  ["ai.embedMany.doEmbed", "embedding"],
  ["ai.toolCall", "tool"],
]);
const GENKIT_KINDS: ReadonlyMap<string, ViewKind> = new Map([
  ["model", "llm"],
  ["tool", "tool"],
  ["retriever", "retriever"],
  ["indexer", "retriever"],
  ["embedder", "embedding"],
  ["evaluator", "evaluator"],
  ["flow", "chain"],
  ["prompt", "chain"],
  ["agent", "agent"],
]);

/** The more a name says about what the span is, the earlier it is asked. */
function kindOf({ source, attributes }: SpanRecord): ViewKind {
  const own = source === "platform" ? VIEW_KINDS.find((kind) => kind === attributes[BERTH.kind]) : undefined;
  return (
    own ??
    OPENINFERENCE_KINDS.get(text(attributes[OPENINFERENCE.kind])?.toUpperCase() ?? "") ??
    GEN_AI_KINDS.get(text(attributes[GEN_AI.operation]) ?? "") ??
    (MCP.method in attributes ? "mcp" : A2A.method in attributes ? "a2a" : undefined) ??
    VERCEL_AI_KINDS.get(text(attributes[VERCEL_AI.operation]) ?? "") ??
    GENKIT_KINDS.get(text(attributes[GENKIT.subtype]) ?? text(attributes[GENKIT.type]) ?? "") ??
    (firstText(attributes, MODEL) === undefined ? undefined : "llm") ??
    (HTTP.method in attributes || HTTP.methodBefore in attributes ? "http" : "internal")
  );
}

function isGenkitModel(attributes: Attributes): boolean {
  return attributes[GENKIT.subtype] === "model" || attributes[GENKIT.subtype] === "embedder";
}

function tokensOfSpan(attributes: Attributes): TokenCounts | undefined {
  const input = firstNumber(attributes, INPUT_TOKENS);
  const output = firstNumber(attributes, OUTPUT_TOKENS);
  if (input === undefined && output === undefined) return undefined;
  return {
    ...present("input", input),
    ...present("output", output),
    ...present("cached", firstNumber(attributes, CACHED_TOKENS)),
    ...present("reasoning", firstNumber(attributes, REASONING_TOKENS)),
  };
}

function costOf({ source, attributes }: SpanRecord): Pick<SpanSummary, "costMicros" | "costSource"> {
  const measured = source === "platform" ? firstNumber(attributes, [BERTH.costMicros]) : undefined;
  if (measured !== undefined) return { costMicros: measured, costSource: "platform" };
  const usd = firstNumber(attributes, [OPENINFERENCE.costUsd]);
  return usd === undefined ? {} : { costMicros: Math.round(usd * 1_000_000), costSource: "claimed" };
}

function errorOf({ status, statusMessage, attributes, events = [] }: SpanRecord): string | undefined {
  if (status !== "error") return undefined;
  const exception = events.find(({ name }) => name === "exception")?.attributes;
  return (
    text(statusMessage) ??
    text(exception?.["exception.message"]) ??
    text(attributes[ERROR_TYPE]) ??
    text(exception?.["exception.type"]) ??
    "error"
  );
}

function firstText(attributes: Attributes, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = text(attributes[key]);
    if (value !== undefined) return value;
  }
  return undefined;
}

function firstNumber(attributes: Attributes, keys: readonly string[]): number | undefined {
  for (const key of keys) {
    const value = attributes[key];
    if (typeof value === "number" && value >= 0) return value;
  }
  return undefined;
}

function text(value: AttributeValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function present<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  // The one key is K, which a computed key's type does not say.
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: V });
}
