import { isDeepStrictEqual } from "node:util";
import type { JsonObject, JsonValue } from "@berth/protocol";
import type { ObservedState, TargetChange, TargetPlan } from "./deploy-target.ts";

const MAX_DIFFERENCES = 100;
/** By which the entries of a list are told apart, where they have one of these. */
const ENTRY_KEYS = ["name", "key", "type", "containerPort"] as const;

type Difference = TargetChange["differences"][number];

/**
 * What applying the plan would change. Only what the plan says is compared: a target fills in defaults of its own, and
 * those are nobody's drift.
 */
export function compareState(
  { desired }: Pick<TargetPlan, "desired">,
  observed: ObservedState,
): readonly TargetChange[] {
  const wanted = Object.entries(desired).map(([resource, body]): TargetChange => {
    const is = observed[resource];
    if (is === undefined) return { resource, change: "create", differences: [] };
    const differences = differencesOf(is, body);
    return { resource, change: differences.length === 0 ? "unchanged" : "update", differences };
  });
  const left = Object.entries(observed)
    .filter(([resource, is]) => is !== undefined && !Object.hasOwn(desired, resource))
    .map(([resource]): TargetChange => ({ resource, change: "delete", differences: [] }));
  return [...wanted, ...left];
}

function differencesOf(is: JsonObject, wanted: JsonObject): readonly Difference[] {
  const found: Difference[] = [];
  collect(is, wanted, "", found);
  return found;
}

function collect(is: JsonValue | undefined, wanted: JsonValue, path: string, found: Difference[]): void {
  if (found.length >= MAX_DIFFERENCES) return;
  if (isObject(wanted) && isObject(is)) {
    for (const [key, value] of Object.entries(wanted))
      collect(is[key], value, path === "" ? key : `${path}.${key}`, found);
    return;
  }
  if (isList(wanted) && isList(is)) {
    collectList(is, wanted, path, found);
    return;
  }
  // Empty and absent are one thing to targets that leave out what is empty.
  if (is === undefined && isEmpty(wanted)) return;
  if (!isDeepStrictEqual(is, wanted)) found.push({ path, is: is ?? null, wanted });
}

function collectList(is: readonly JsonValue[], wanted: readonly JsonValue[], path: string, found: Difference[]): void {
  const key = ENTRY_KEYS.find((name) => wanted.length > 0 && wanted.every((entry) => isObject(entry) && name in entry));
  if (key === undefined) {
    if (is.length !== wanted.length) {
      found.push({ path, is, wanted });
      return;
    }
    for (const [at, entry] of wanted.entries()) collect(is[at], entry, `${path}[${at}]`, found);
    return;
  }
  const nameOf = (entry: JsonValue | undefined): string => (isObject(entry) ? JSON.stringify(entry[key] ?? null) : "");
  for (const entry of wanted) {
    const name = nameOf(entry);
    collect(
      is.find((candidate) => nameOf(candidate) === name),
      entry,
      `${path}[${name}]`,
      found,
    );
  }
  for (const entry of is) {
    const name = nameOf(entry);
    if (!wanted.some((candidate) => nameOf(candidate) === name)) {
      found.push({ path: `${path}[${name}]`, is: entry, wanted: null });
    }
  }
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isEmpty(value: JsonValue): boolean {
  if (value === "" || value === 0 || value === false) return true;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
