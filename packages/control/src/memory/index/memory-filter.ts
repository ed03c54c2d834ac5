import { invalidParams } from "@berth/protocol";
import type { JsonObject, JsonValue } from "@berth/protocol";

type Scalar = string | number | boolean | null;
interface Range {
  readonly gt?: string | number;
  readonly gte?: string | number;
  readonly lt?: string | number;
  readonly lte?: string | number;
}
/** By the metadata's own members: all must hold. Of a member that is a list, one entry must. */
export type MemoryFilter = { readonly [field: string]: Scalar | { readonly in: readonly Scalar[] } | Range };

const MAX_FIELDS = 16;
const MAX_VALUES = 256;
const RANGE = ["gt", "gte", "lt", "lte"] as const;

/** @throws INVALID_PARAMS */
export function parseMemoryFilter(value: unknown): MemoryFilter {
  const fail = (field: string, description: string): never => {
    throw invalidParams([{ field: `filter${field}`, description }]);
  };
  if (!isObject(value)) return fail("", "must be an object");
  const entries = Object.entries(value);
  if (entries.length > MAX_FIELDS) return fail("", `may have at most ${MAX_FIELDS} members`);
  const parsed = entries.map(([field, condition]): [string, MemoryFilter[string]] => {
    if (isScalar(condition)) return [field, condition];
    const wrong = "must be a value, {in: […]} or {gt, gte, lt, lte}";
    if (!isObject(condition)) return fail(`.${field}`, wrong);
    const keys = Object.keys(condition);
    if (keys.length === 1 && keys[0] === "in") {
      const values: unknown = condition["in"];
      if (!Array.isArray(values) || values.length > MAX_VALUES || !values.every(isScalar)) {
        return fail(`.${field}.in`, `must be a list of at most ${MAX_VALUES} values`);
      }
      return [field, { in: values }];
    }
    const bounds = Object.values(condition);
    const ordered = bounds.every((bound) => typeof bound === "number" || typeof bound === "string");
    if (keys.length === 0 || !ordered || !keys.every((key) => RANGE.some((each) => each === key))) {
      return fail(`.${field}`, wrong);
    }
    return [field, condition];
  });
  return Object.fromEntries(parsed);
}

export function matchesFilter(metadata: JsonObject, filter: MemoryFilter): boolean {
  return Object.entries(filter).every(([field, condition]) => {
    const value = Object.hasOwn(metadata, field) ? metadata[field] : undefined;
    if (value === undefined) return false;
    const values: readonly JsonValue[] = Array.isArray(value) ? value : [value];
    return values.some((each) => holds(each, condition));
  });
}

function holds(value: JsonValue, condition: MemoryFilter[string]): boolean {
  if (typeof condition !== "object" || condition === null) return value === condition;
  if ("in" in condition) return condition.in.some((each) => each === value);
  // Numbers are compared with numbers, and texts, such as RFC 3339 times, with texts.
  return RANGE.every((key) => {
    const bound = condition[key];
    if (bound === undefined) return true;
    if (typeof value === "number" && typeof bound === "number") return compare(key, value - bound);
    if (typeof value === "string" && typeof bound === "string") {
      return compare(key, value < bound ? -1 : value > bound ? 1 : 0);
    }
    return false;
  });
}

function compare(key: (typeof RANGE)[number], order: number): boolean {
  if (key === "gt") return order > 0;
  if (key === "gte") return order >= 0;
  return key === "lt" ? order < 0 : order <= 0;
}

function isScalar(value: unknown): value is Scalar {
  return value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
