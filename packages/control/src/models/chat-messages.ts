import type { JsonObject, JsonValue } from "@berth/protocol";
import { isObject, listOf, textOf } from "./json.ts";

export type ContentPart =
  | { readonly kind: "text"; readonly text: string }
  /** `data:image/…;base64,…`, or an address that the provider fetches. */
  | { readonly kind: "image"; readonly url: string };

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON, as the model wrote it. */
  readonly arguments: string;
  /** What Gemini wants back with the call. */
  readonly thoughtSignature?: string;
}

export type ChatMessage =
  | { readonly role: "system"; readonly text: string }
  | { readonly role: "user"; readonly parts: readonly ContentPart[] }
  | { readonly role: "assistant"; readonly text: string; readonly toolCalls: readonly ToolCall[] }
  | { readonly role: "tool"; readonly toolCallId: string; readonly text: string };

type Report = (field: string, description: string) => void;

const MAX_MESSAGES = 10_000;

export function readMessages(value: JsonValue | undefined, report: Report): readonly ChatMessage[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_MESSAGES) {
    report("messages", `must be a list of 1 to ${MAX_MESSAGES} messages`);
    return [];
  }
  return value.flatMap((each, index) => {
    const read = isObject(each)
      ? readMessage(each, (what, why) => report(`messages[${index}]${what}`, why))
      : undefined;
    if (read === undefined && !isObject(each)) report(`messages[${index}]`, "must be an object");
    return read === undefined ? [] : [read];
  });
}

function readMessage(message: JsonObject, report: Report): ChatMessage | undefined {
  const { role, content } = message;
  const parts = readParts(content, report);
  const text = parts.flatMap((part) => (part.kind === "text" ? [part.text] : [])).join("");
  switch (role) {
    case "system":
    case "developer":
      return { role: "system", text };
    case "user":
      return { role, parts };
    case "assistant":
      return { role, text, toolCalls: readToolCalls(message["tool_calls"], report) };
    case "tool": {
      const toolCallId = textOf(message["tool_call_id"]);
      if (toolCallId !== undefined) return { role, toolCallId, text };
      report(".tool_call_id", "must be the id of the call that this answers");
      return undefined;
    }
    default:
      report(".role", "must be one of system, developer, user, assistant, tool");
      return undefined;
  }
}

function readParts(content: JsonValue | undefined, report: Report): readonly ContentPart[] {
  if (content === undefined || content === null) return [];
  if (typeof content === "string") return [{ kind: "text", text: content }];
  if (!Array.isArray(content)) {
    report(".content", "must be a text or a list of parts");
    return [];
  }
  return content.flatMap((part, index): readonly ContentPart[] => {
    const type = isObject(part) ? textOf(part["type"]) : undefined;
    if (isObject(part) && (type === "text" || type === "refusal"))
      return [{ kind: "text", text: textOf(part[type]) ?? "" }];
    const image = isObject(part) && type === "image_url" ? part["image_url"] : undefined;
    const url = isObject(image) ? textOf(image["url"]) : undefined;
    if (url !== undefined && /^(?:data:image\/[a-z0-9.+-]+;base64,|https:\/\/)/.test(url))
      return [{ kind: "image", url }];
    report(`.content[${index}]`, "must be a text or an image_url (https: or data:image/…;base64,)");
    return [];
  });
}

function readToolCalls(value: JsonValue | undefined, report: Report): readonly ToolCall[] {
  return listOf(value).flatMap((each, index) => {
    const call = isObject(each) && isObject(each["function"]) ? each["function"] : undefined;
    const id = isObject(each) ? textOf(each["id"]) : undefined;
    const name = textOf(call?.["name"]);
    if (!isObject(each) || id === undefined || name === undefined) {
      report(`.tool_calls[${index}]`, "must have an id and a function with a name");
      return [];
    }
    const extra = each["extra_content"];
    const google = isObject(extra) ? extra["google"] : undefined;
    const thoughtSignature = isObject(google) ? textOf(google["thought_signature"]) : undefined;
    return [
      {
        id,
        name,
        arguments: textOf(call?.["arguments"]) ?? "{}",
        ...(thoughtSignature === undefined ? {} : { thoughtSignature }),
      },
    ];
  });
}
