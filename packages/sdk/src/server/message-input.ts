import type { JsonObject, JsonValue, Message } from "@berth/protocol";
import { soleRequiredString } from "../schema/json-schema.ts";

/** The artifact that carries what a skill returned. */
export const OUTPUT_ARTIFACT = "output";

export function textOf(message: Message): string {
  return message.parts.flatMap(({ text }) => (text === undefined ? [] : [text])).join("\n");
}

export type MessageInput = { readonly input: JsonValue } | { readonly problem: string };

/**
 * What a message that carries no typed input means to a skill: its first data part; else its text, as JSON when it is an
 * object with the wanted property, as the one string the skill needs, or as JSON.
 */
export function inputOf(
  message: Message,
  options: { readonly hasSchema: boolean; readonly schema?: JsonObject },
): MessageInput {
  const data = message.parts.find((part) => part.data !== undefined)?.data;
  if (data !== undefined) return { input: data };
  const text = textOf(message);
  if (!options.hasSchema) return { input: text };
  const parsed = parseJson(text);
  const sole = soleRequiredString(options.schema);
  if (sole !== undefined) {
    return { input: isObject(parsed?.value) && sole in parsed.value ? parsed.value : { [sole]: text } };
  }
  if (options.schema?.type === "string") return { input: text };
  if (parsed !== undefined) return { input: parsed.value };
  return { problem: "it takes structured input: send it as a data part, or as JSON text" };
}

function parseJson(text: string): { readonly value: JsonValue } | undefined {
  try {
    // JSON.parse gives exactly JSON values.
    return { value: JSON.parse(text) as JsonValue };
  } catch {
    return undefined;
  }
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
