import type { FormField, TargetInfo } from "@berth/sdk/client";
import { UsageError } from "../args/usage-error.ts";

type Settings = TargetInfo["settings"];

/** `KEY=VALUE`s over what is there already, as the fields have their types. What is wrong with a value the platform says. */
export function parseSettings(pairs: readonly string[], form: readonly FormField[], known: Settings = {}): Settings {
  const settings: Record<string, Settings[string]> = { ...known };
  for (const pair of pairs) {
    const [, key = "", value = ""] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (key === "") throw new UsageError(`${JSON.stringify(pair)} is no setting.`, "Write KEY=VALUE.");
    if (value === "") delete settings[key];
    else
      settings[key] = typed(
        value,
        form.find((field) => field.key === key),
      );
  }
  return settings;
}

function typed(value: string, field: FormField | undefined): string | number | boolean {
  if (field?.type === "boolean" && (value === "true" || value === "false")) return value === "true";
  if (field?.type === "number" && Number.isFinite(Number(value))) return Number(value);
  return value;
}
