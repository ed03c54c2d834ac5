import type { AttributeValue, Attributes } from "./attributes.ts";

export interface ViewMessage {
  readonly role: string;
  readonly parts: readonly ViewPart[];
}

export type ViewPart =
  | { readonly type: "text" | "reasoning"; readonly text: string }
  | { readonly type: "tool_call"; readonly id?: string; readonly name: string; readonly arguments?: AttributeValue }
  | { readonly type: "tool_result"; readonly id?: string; readonly result: AttributeValue }
  /** Of a type that no view draws, such as an image. */
  | { readonly type: "other"; readonly value: AttributeValue };

/** JSON in a text, as most dialects have it; the text itself when it is none. */
export function parsed(value: AttributeValue | undefined): AttributeValue | undefined {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    // JSON has no other values than these.
    return JSON.parse(value) as AttributeValue;
  } catch {
    return value;
  }
}

export function asMap(value: AttributeValue | undefined): Attributes | undefined {
  // Neither null, a scalar nor a list is left.
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Attributes) : undefined;
}

/** Whatever shape a dialect gives messages; `role` is for those that say none. */
export function asMessages(value: AttributeValue | undefined, role: string): readonly ViewMessage[] {
  if (value === undefined || value === null || value === "") return [];
  if (!Array.isArray(value)) return [asMessage(value, role)];
  // A list of parts is one message: nobody in it has a role.
  const isParts = value.every((each) => asMap(each)?.["type"] !== undefined && asMap(each)?.["role"] === undefined);
  if (isParts && value.length > 0) return [{ role, parts: value.flatMap(asParts) }];
  return value.map((each) => asMessage(each, role));
}

function asMessage(value: AttributeValue, role: string): ViewMessage {
  const map = asMap(value);
  if (map === undefined) return { role, parts: asParts(value) };
  const content = map["parts"] ?? map["content"] ?? map["contents"];
  const calls = parsed(map["tool_calls"]);
  const ownRole = roleOf(map["role"]) ?? role;
  const hasShape = content !== undefined || calls !== undefined;
  const parts =
    ownRole === "tool" && typeof content === "string" ? [toolResult(map, content)] : asParts(parsed(content) ?? null);
  return {
    role: ownRole,
    parts: hasShape ? [...parts, ...(Array.isArray(calls) ? calls.map(toolCall) : [])] : [{ type: "other", value }],
  };
}

/** Google's dialects call the assistant "model". */
function roleOf(value: AttributeValue | undefined): string | undefined {
  if (typeof value !== "string" || value === "") return undefined;
  return value === "model" ? "assistant" : value;
}

function asParts(value: AttributeValue): readonly ViewPart[] {
  if (value === null || value === "") return [];
  if (Array.isArray(value)) return value.flatMap(asParts);
  if (typeof value !== "object") return [{ type: "text", text: String(value) }];
  const map = asMap(value) ?? {};
  const text = textIn(map);
  switch (map["type"]) {
    case "tool_call":
    case "tool-call":
    case "tool_use":
    case "function":
      return [toolCall(map)];
    case "tool_call_response":
    case "tool-result":
    case "tool_result":
      return [toolResult(map, map["response"] ?? map["result"] ?? map["output"] ?? map["content"] ?? null)];
    case "reasoning":
    case "thinking":
      return [text === undefined ? { type: "other", value } : { type: "reasoning", text }];
    case undefined:
    case "text":
      return asUntyped(map, text);
    default:
      return [{ type: "other", value }];
  }
}

/** Genkit's parts say what they are by their key. */
function asUntyped(map: Attributes, text: string | undefined): readonly ViewPart[] {
  const request = asMap(map["toolRequest"]);
  if (request !== undefined) return [toolCall(request)];
  const response = asMap(map["toolResponse"]);
  if (response !== undefined) return [toolResult(response, response["output"] ?? null)];
  return [text === undefined ? { type: "other", value: map } : { type: "text", text }];
}

function textIn(map: Attributes): string | undefined {
  return [map["content"], map["text"], map["thinking"]].find((value) => typeof value === "string");
}

function toolCall(value: AttributeValue): ViewPart {
  const map = asMap(value) ?? {};
  const called = asMap(map["function"]) ?? map;
  const args = called["arguments"] ?? called["args"] ?? called["input"];
  return {
    type: "tool_call",
    ...idOf(map),
    name: [called["name"], called["toolName"]].find((name) => typeof name === "string") ?? "",
    ...(args === undefined ? {} : { arguments: parsed(args) ?? null }),
  };
}

function toolResult(map: Attributes, result: AttributeValue): ViewPart {
  return { type: "tool_result", ...idOf(map), result: parsed(result) ?? null };
}

function idOf(map: Attributes): { readonly id?: string } {
  const id = [map["id"], map["tool_call_id"], map["toolCallId"], map["ref"]].find((value) => typeof value === "string");
  return id === undefined ? {} : { id };
}
