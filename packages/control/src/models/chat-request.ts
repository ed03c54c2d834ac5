import { invalidParams } from "@berth/protocol";
import type { FieldViolation, JsonObject, JsonValue } from "@berth/protocol";
import { isObject, textOf } from "./json.ts";
import { readMessages } from "./chat-messages.ts";
import type { ChatMessage } from "./chat-messages.ts";

interface ToolDefinition {
  readonly name: string;
  readonly description?: string;
  readonly parameters?: JsonObject;
}

type ToolChoice = "auto" | "none" | "required" | { readonly name: string };

type ResponseFormat =
  | { readonly type: "text" | "json_object" }
  | { readonly type: "json_schema"; readonly schema: JsonObject };

/** A request of OpenAI's chat completions, as far as it has a meaning elsewhere. */
export interface ChatRequest {
  /** Undefined: the first that the agent may use. */
  readonly model: string | undefined;
  readonly messages: readonly ChatMessage[];
  readonly tools: readonly ToolDefinition[];
  readonly toolChoice?: ToolChoice;
  readonly parallelToolCalls?: boolean;
  readonly maxTokens?: number;
  /** Answers asked for at once. */
  readonly count: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly stop: readonly string[];
  readonly responseFormat: ResponseFormat;
  readonly stream: boolean;
  /** The stream ends with a chunk that says the usage. */
  readonly includeUsage: boolean;
  /** As sent: for providers that speak this API themselves. */
  readonly raw: JsonObject;
}

const MAX_TOOLS = 256;
const MAX_COUNT = 8;
const MAX_TOKENS = 10_000_000;
const MAX_STOP = 16;

/** @throws INVALID_PARAMS with every field that does not fit */
export function parseChatRequest(raw: JsonObject): ChatRequest {
  const violations: FieldViolation[] = [];
  const report = (field: string, description: string): void => void violations.push({ field, description });
  const messages = readMessages(raw["messages"], report);
  const tools = readTools(raw["tools"], report);
  const toolChoice = readToolChoice(raw["tool_choice"], report);
  const numberIn = (field: string, min: number, max: number): number | undefined => {
    const value = raw[field];
    if (value === undefined || value === null) return undefined;
    if (typeof value === "number" && value >= min && value <= max) return value;
    report(field, `must be a number from ${min} to ${max}`);
    return undefined;
  };
  const [newer, older] = ["max_completion_tokens", "max_tokens"].map((field) => numberIn(field, 1, MAX_TOKENS));
  const maxTokens = newer ?? older;
  // Whichever the provider went by, the budget might have gone by the other.
  if (newer !== undefined && older !== undefined) report("max_tokens", "must not stand beside max_completion_tokens");
  const temperature = numberIn("temperature", 0, 2);
  const topP = numberIn("top_p", 0, 1);
  const count = numberIn("n", 1, MAX_COUNT) ?? 1;
  const model = textOf(raw["model"]);
  if (raw["model"] !== undefined && (model === undefined || model.length > 200)) report("model", "must be a name");
  const parallel = raw["parallel_tool_calls"];
  const request: ChatRequest = {
    model: model === "" ? undefined : model,
    messages,
    tools,
    ...(toolChoice === undefined ? {} : { toolChoice }),
    ...(typeof parallel === "boolean" ? { parallelToolCalls: parallel } : {}),
    ...(maxTokens === undefined ? {} : { maxTokens: Math.floor(maxTokens) }),
    count: Math.floor(count),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    stop: readStop(raw["stop"], report),
    responseFormat: readResponseFormat(raw["response_format"], report),
    stream: raw["stream"] === true,
    includeUsage: isObject(raw["stream_options"]) && raw["stream_options"]["include_usage"] === true,
    raw,
  };
  if (violations.length > 0) throw invalidParams(violations);
  return request;
}

type Report = (field: string, description: string) => void;

function readTools(value: JsonValue | undefined, report: Report): readonly ToolDefinition[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.length > MAX_TOOLS) {
    report("tools", `must be a list of at most ${MAX_TOOLS}`);
    return [];
  }
  return value.flatMap((each, index) => {
    const tool = isObject(each) && each["type"] === "function" ? each["function"] : undefined;
    const name = isObject(tool) ? textOf(tool["name"]) : undefined;
    if (!isObject(tool) || name === undefined || name === "") {
      report(`tools[${index}]`, 'must be { "type": "function", "function": { "name", … } }');
      return [];
    }
    const { description, parameters } = tool;
    return [
      {
        name,
        ...(typeof description === "string" ? { description } : {}),
        ...(isObject(parameters) ? { parameters } : {}),
      },
    ];
  });
}

function readToolChoice(value: JsonValue | undefined, report: Report): ToolChoice | undefined {
  if (value === undefined || value === null) return undefined;
  if (value === "auto" || value === "none" || value === "required") return value;
  const named = isObject(value) && isObject(value["function"]) ? textOf(value["function"]["name"]) : undefined;
  if (named !== undefined) return { name: named };
  report("tool_choice", 'must be auto, none, required, or { "type": "function", "function": { "name" } }');
  return undefined;
}

function readStop(value: JsonValue | undefined, report: Report): readonly string[] {
  if (value === undefined || value === null) return [];
  const list: readonly JsonValue[] = Array.isArray(value) ? value : [value];
  const texts = list.filter((each) => typeof each === "string");
  if (texts.length === list.length && texts.length <= MAX_STOP) return texts;
  report("stop", `must be a text or at most ${MAX_STOP} texts`);
  return [];
}

function readResponseFormat(value: JsonValue | undefined, report: Report): ResponseFormat {
  if (value === undefined || value === null) return { type: "text" };
  if (isObject(value)) {
    const { type, json_schema: named } = value;
    if (type === "text" || type === "json_object") return { type };
    if (type === "json_schema" && isObject(named) && isObject(named["schema"])) {
      return { type, schema: named["schema"] };
    }
  }
  report("response_format", "must be text, json_object, or json_schema with a schema");
  return { type: "text" };
}
