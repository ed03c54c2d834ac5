import { MAX_MATCHED_LENGTH, compilePattern } from "./compile-pattern.ts";
import type { Pattern } from "./compile-pattern.ts";
import { PatternError } from "./parse-pattern.ts";
import { isSameJson } from "./same-json.ts";

/** What is wrong with the value, by JSON Pointer; undefined: nothing. */
export type SchemaCheck = (value: unknown) => string | undefined;

/** Says what of the schema is not understood, and where. */
export class SchemaError extends Error {
  override readonly name: string = "SchemaError";
}

type Check = (value: unknown, at: string, budget: Budget) => string | undefined;
type Members = { readonly [key: string]: unknown };

/** Schemas and answers come from strangers: one check never takes longer than this many steps. */
const MAX_STEPS = 200_000;
const MAX_NODES = 500;
const TYPES = ["null", "boolean", "object", "array", "number", "string", "integer"];
/** Says nothing about the value. */
const ANNOTATIONS = new Set(["$schema", "$id", "$comment", "title", "description", "examples", "default"]);

interface Budget {
  left: number;
}

interface Nodes extends Budget {
  readonly isLenient: boolean;
}

export interface SchemaOptions {
  /** `ignore`: for whoever helps with filling in and leaves the verdict to the schema's owner. Default: refused. */
  readonly unknown?: "refuse" | "ignore";
}

/**
 * The part of JSON Schema 2020-12 that needs no references: a keyword that is not known here is refused, because what
 * is not checked must not look as if it were. @throws SchemaError
 */
export function compileSchema(schema: unknown, { unknown = "refuse" }: SchemaOptions = {}): SchemaCheck {
  const check = compile(schema, "", { left: MAX_NODES, isLenient: unknown === "ignore" });
  return (value) => check(value, "", { left: MAX_STEPS });
}

function compile(schema: unknown, at: string, nodes: Nodes): Check {
  if (--nodes.left < 0) throw new SchemaError(`it has more than ${MAX_NODES} subschemas`);
  if (schema === true) return () => undefined;
  if (schema === false) return (_value, place) => `${name(place)} is not allowed`;
  if (!isObject(schema)) throw new SchemaError(`${name(at)} is no schema`);
  const checks = Object.entries(schema).flatMap(([keyword, value]): readonly Check[] => {
    if (ANNOTATIONS.has(keyword)) return [];
    const make = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
    try {
      if (make !== undefined) return [make(value, `${at}/${keyword}`, nodes, schema)];
    } catch (error) {
      if (nodes.isLenient && error instanceof SchemaError) return [];
      throw error;
    }
    if (nodes.isLenient) return [];
    throw new SchemaError(`the keyword ${JSON.stringify(keyword)} of ${name(at)} is not known`);
  });
  return (value, place, budget) => {
    if (--budget.left < 0) return "the answer takes too long to check";
    return firstOf(checks, (check) => check(value, place, budget));
  };
}

type Keyword = (value: unknown, at: string, nodes: Nodes, schema: Members) => Check;

const KEYWORDS: { readonly [keyword: string]: Keyword } = {
  type: (value, at) => {
    const types = Array.isArray(value) ? value : [value];
    if (types.length === 0 || !types.every((type) => TYPES.includes(type)))
      throw wrong(at, `one of ${TYPES.join(", ")}`);
    return (each, place) =>
      types.some((type) => isOfType(each, type)) ? undefined : `${name(place)} is no ${types.join(" or ")}`;
  },
  enum: (value, at) => {
    if (!Array.isArray(value)) throw wrong(at, "a list");
    return (each, place) =>
      value.some((allowed) => isSameJson(each, allowed)) ? undefined : `${name(place)} is none of the allowed values`;
  },
  const: (value) => {
    return (each, place) => (isSameJson(each, value) ? undefined : `${name(place)} is another value`);
  },
  properties: (value, at, nodes) => {
    if (!isObject(value)) throw wrong(at, "an object");
    const checks = Object.entries(value).map(([key, schema]) => ({
      key,
      check: compile(schema, `${at}/${key}`, nodes),
    }));
    return (each, place, budget) =>
      !isObject(each)
        ? undefined
        : firstOf(checks, ({ key, check }) =>
            Object.hasOwn(each, key) ? check(each[key], `${place}/${key}`, budget) : undefined,
          );
  },
  required: (value, at) => {
    const keys = texts(value, at);
    return (each, place) => {
      const missing = isObject(each) ? keys.find((key) => !Object.hasOwn(each, key)) : undefined;
      return missing === undefined ? undefined : `${name(`${place}/${missing}`)} is missing`;
    };
  },
  additionalProperties: (value, at, nodes, schema) => {
    const check = compile(value, at, nodes);
    const known = new Set(isObject(schema["properties"]) ? Object.keys(schema["properties"]) : []);
    return (each, place, budget) =>
      !isObject(each)
        ? undefined
        : firstOf(Object.keys(each), (key) =>
            known.has(key) ? undefined : check(each[key], `${place}/${key}`, budget),
          );
  },
  items: (value, at, nodes) => {
    const check = compile(value, at, nodes);
    return (each, place, budget) =>
      !Array.isArray(each)
        ? undefined
        : firstOf([...each.keys()], (index) => check(each[index], `${place}/${index}`, budget));
  },
  minItems: bound(
    (value) => (Array.isArray(value) ? value.length : undefined),
    (n, limit) => n >= limit,
    "too few items",
  ),
  maxItems: bound(
    (value) => (Array.isArray(value) ? value.length : undefined),
    (n, limit) => n <= limit,
    "too many items",
  ),
  minLength: bound(lengthOf, (n, limit) => n >= limit, "too short"),
  maxLength: bound(lengthOf, (n, limit) => n <= limit, "too long"),
  minimum: bound(numberOf, (n, limit) => n >= limit, "too small"),
  maximum: bound(numberOf, (n, limit) => n <= limit, "too large"),
  exclusiveMinimum: bound(numberOf, (n, limit) => n > limit, "too small"),
  exclusiveMaximum: bound(numberOf, (n, limit) => n < limit, "too large"),
  pattern: (value, at) => {
    const pattern = patternOf(value, at);
    return (each, place, budget) => {
      if (typeof each !== "string") return undefined;
      budget.left -= each.length;
      if (each.length > MAX_MATCHED_LENGTH) return `${name(place)} is too long for a pattern`;
      return pattern(each) ? undefined : `${name(place)} does not match`;
    };
  },
  allOf: (value, at, nodes) => {
    const checks = listOf(value, at, nodes);
    return (each, place, budget) => firstOf(checks, (check) => check(each, place, budget));
  },
  anyOf: (value, at, nodes) => {
    const checks = listOf(value, at, nodes);
    return (each, place, budget) =>
      checks.some((check) => check(each, place, budget) === undefined)
        ? undefined
        : `${name(place)} fits none of anyOf`;
  },
  oneOf: (value, at, nodes) => {
    const checks = listOf(value, at, nodes);
    return (each, place, budget) => {
      const fitting = checks.filter((check) => check(each, place, budget) === undefined).length;
      return fitting === 1 ? undefined : `${name(place)} fits ${fitting} of oneOf`;
    };
  },
  not: (value, at, nodes) => {
    const check = compile(value, at, nodes);
    return (each, place, budget) => {
      const problem = check(each, place, budget);
      // What could not be looked at to the end is not known to be different.
      return problem === undefined || budget.left < 0 ? `${name(place)} is what it must not be` : undefined;
    };
  },
};

function bound(
  measure: (value: unknown) => number | undefined,
  fits: (n: number, limit: number) => boolean,
  problem: string,
): Keyword {
  return (limit, at) => {
    if (typeof limit !== "number") throw wrong(at, "a number");
    return (each, place) => {
      const measured = measure(each);
      return measured === undefined || fits(measured, limit) ? undefined : `${name(place)}: ${problem}`;
    };
  };
}

function lengthOf(value: unknown): number | undefined {
  return typeof value === "string" ? Array.from(value).length : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function patternOf(value: unknown, at: string): Pattern {
  if (typeof value !== "string") throw wrong(at, "a pattern");
  try {
    return compilePattern(value);
  } catch (error) {
    if (error instanceof PatternError) throw wrong(at, `a pattern that is understood: ${error.message}`);
    throw error;
  }
}

function listOf(value: unknown, at: string, nodes: Nodes): readonly Check[] {
  if (!Array.isArray(value) || value.length === 0) throw wrong(at, "a list of schemas");
  return value.map((schema, index) => compile(schema, `${at}/${index}`, nodes));
}

function texts(value: unknown, at: string): readonly string[] {
  if (!Array.isArray(value) || !value.every((each) => typeof each === "string")) throw wrong(at, "a list of texts");
  return value;
}

function isOfType(value: unknown, type: unknown): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isObject(value);
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function firstOf<T>(items: readonly T[], problemOf: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const problem = problemOf(item);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function name(at: string): string {
  return at === "" ? "the whole" : at;
}

function wrong(at: string, wanted: string): SchemaError {
  return new SchemaError(`${at} must be ${wanted}`);
}
