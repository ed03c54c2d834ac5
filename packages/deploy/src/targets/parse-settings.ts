import { PlatformError } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import type { TargetField } from "./deploy-target.ts";

/** Settings as their fields allow them; what was left empty is absent. */
export type PlainSettings = { readonly [key: string]: string | number | boolean };

const MAX_TEXT = 2_000;

/** @throws CONFIG_INVALID naming the field, what is wrong with it and an example */
export function parseSettings(fields: readonly TargetField[], settings: JsonObject): PlainSettings {
  const unknown = Object.keys(settings).find((key) => !fields.some((field) => field.key === key));
  if (unknown !== undefined) {
    throw new PlatformError("CONFIG_INVALID", `There is no setting "${unknown}".`, {
      hint: `The settings are ${fields.map(({ key }) => key).join(", ")}.`,
    });
  }
  const parsed: Record<string, string | number | boolean> = {};
  for (const field of fields) {
    const value = parseField(field, settings[field.key]);
    if (value !== undefined) parsed[field.key] = value;
  }
  return parsed;
}

function parseField(field: TargetField, value: unknown): string | number | boolean | undefined {
  if (value === undefined || value === null || value === "") {
    if (field.required) throw invalid(field, "is needed");
    return undefined;
  }
  if (field.type === "boolean") {
    if (typeof value !== "boolean") throw invalid(field, "must be true or false");
    return value;
  }
  if (field.type === "number") {
    if (typeof value !== "number" || !Number.isFinite(value) || value < 0) throw invalid(field, "must be a number");
    return value;
  }
  if (typeof value !== "string") throw invalid(field, "must be a text");
  if (value.length > MAX_TEXT) throw invalid(field, `is longer than ${MAX_TEXT} characters`);
  if (field.choices !== undefined && !field.choices.includes(value)) {
    throw invalid(field, `must be one of ${field.choices.join(", ")}`);
  }
  if (field.pattern !== undefined && !new RegExp(`^(?:${field.pattern})$`, "u").test(value)) {
    throw invalid(field, "is not of the form it has to have");
  }
  return value;
}

function invalid({ key, label, help, example }: TargetField, problem: string): PlatformError {
  const such = example === undefined ? "" : ` Example: ${example}.`;
  return new PlatformError("CONFIG_INVALID", `${key} (${label}) ${problem}.`, { hint: `${help}${such}` });
}
