import type { JsonSchema } from "../../api/types.ts";

/** How one place of a value is filled in. `json`: by its text, where the schema says more than a form can. */
export type FormField = FieldAbout &
  (
    | { readonly kind: "text"; readonly input: TextInput }
    | { readonly kind: "number"; readonly step: "any" | 1 }
    | { readonly kind: "yes-no" }
    | { readonly kind: "json" }
    | { readonly kind: "choice"; readonly options: readonly unknown[] }
    /** A list without repeats, out of a few. */
    | { readonly kind: "several"; readonly options: readonly unknown[] }
    | { readonly kind: "group"; readonly members: readonly FormMember[] }
    | { readonly kind: "list"; readonly item: FormField; readonly most: number }
  );

type TextInput = "line" | "lines" | "date" | "email" | "url" | "secret";

interface FormMember {
  readonly key: string;
  readonly field: FormField;
}

interface FieldAbout {
  readonly label: string;
  readonly description?: string;
  /** What is expected beyond the description: "from 1 to 9", "as 2026-11-29". */
  readonly hint?: string;
  readonly isRequired: boolean;
  readonly isNullable: boolean;
  readonly initial?: unknown;
}

/** Schemas come from strangers: what goes beyond these bounds is filled in as text. */
const MAX_DEPTH = 6;
const MAX_MEMBERS = 60;
const MAX_OPTIONS = 300;
const MAX_ITEMS = 50;
const MAX_CHECKS = 30;
const MAX_LABEL = 120;
const MAX_DESCRIPTION = 600;
const SHORT_TEXT = 100;
const FORMATS: Readonly<Record<string, TextInput>> = { date: "date", email: "email", uri: "url", password: "secret" };

interface Place {
  readonly root: JsonSchema;
  readonly label: string;
  readonly isRequired: boolean;
  readonly depth: number;
}

export function readSchema(schema: unknown, label: string): FormField {
  return read(schema, { root: isObject(schema) ? schema : {}, label, isRequired: true, depth: 0 });
}

function read(given: unknown, place: Place): FormField {
  const { schema, isNullable } = simplify(given, place.root);
  const about = aboutOf(schema, place, isNullable);
  if (place.depth > MAX_DEPTH || ["oneOf", "anyOf", "allOf", "$ref"].some((key) => Object.hasOwn(schema, key)))
    return { ...about, kind: "json" };
  const options = optionsOf(schema);
  if (options !== undefined) return { ...about, kind: "choice", options };
  switch (typeOf(schema)) {
    case "string":
      return { ...about, kind: "text", input: textInputOf(schema) };
    case "integer":
      return { ...about, kind: "number", step: 1 };
    case "number":
      return { ...about, kind: "number", step: "any" };
    case "boolean":
      return { ...about, kind: "yes-no" };
    case "object":
      return groupOf(schema, about, place);
    case "array":
      return listOf(schema, about, place);
    default:
      return { ...about, kind: "json" };
  }
}

function groupOf(schema: JsonSchema, about: FieldAbout, place: Place): FormField {
  const isSpelledOut = isObject(schema["properties"]) || schema["additionalProperties"] === false;
  const properties = isObject(schema["properties"]) ? Object.entries(schema["properties"]) : [];
  const isOpen = isObject(schema["additionalProperties"]);
  if (properties.length > MAX_MEMBERS || !isSpelledOut || isOpen) return { ...about, kind: "json" };
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const members = properties.map(([key, each]) => ({
    key,
    field: read(each, { root: place.root, label: key, isRequired: required.includes(key), depth: place.depth + 1 }),
  }));
  return { ...about, kind: "group", members };
}

function listOf(schema: JsonSchema, about: FieldAbout, place: Place): FormField {
  if (!isObject(schema["items"])) return { ...about, kind: "json" };
  const item = read(schema["items"], {
    root: place.root,
    label: `${about.label}, item`,
    isRequired: true,
    depth: place.depth + 1,
  });
  if (item.kind === "choice" && schema["uniqueItems"] === true && item.options.length <= MAX_CHECKS)
    return { ...about, kind: "several", options: item.options };
  const most = schema["maxItems"];
  return { ...about, kind: "list", item, most: typeof most === "number" ? Math.min(most, MAX_ITEMS) : MAX_ITEMS };
}

/** Follows references within the schema, and takes "or null" and alternatives with one member for what they mean. */
function simplify(given: unknown, root: JsonSchema): { readonly schema: JsonSchema; readonly isNullable: boolean } {
  let schema: JsonSchema = isObject(given) ? given : {};
  let isNullable = schema["nullable"] === true;
  for (let step = 0; step < MAX_DEPTH; step++) {
    const { $ref: reference, ...own } = schema;
    const target = typeof reference === "string" ? resolve(root, reference) : undefined;
    if (target !== undefined) {
      schema = { ...target, ...own };
      continue;
    }
    const key = ["anyOf", "oneOf", "allOf"].find((each) => Array.isArray(schema[each]));
    if (key === undefined) break;
    const all: readonly unknown[] = Array.isArray(schema[key]) ? schema[key] : [];
    const members = key === "allOf" ? all : all.filter((each) => !(isObject(each) && each["type"] === "null"));
    if (members.length !== 1 || !isObject(members[0])) break;
    isNullable ||= members.length < all.length;
    const rest = Object.fromEntries(Object.entries(schema).filter(([each]) => each !== key));
    schema = { ...members[0], ...rest };
  }
  return { schema, isNullable: isNullable || (Array.isArray(schema["type"]) && schema["type"].includes("null")) };
}

/** Only within the same document (`#/$defs/Name`): nothing is ever loaded. */
function resolve(root: JsonSchema, reference: string): JsonSchema | undefined {
  if (!reference.startsWith("#/")) return undefined;
  let at: unknown = root;
  for (const part of reference.slice(2).split("/").slice(0, 20)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (!isObject(at) || !Object.hasOwn(at, key)) return undefined;
    at = at[key];
  }
  return isObject(at) ? at : undefined;
}

function aboutOf(schema: JsonSchema, place: Place, isNullable: boolean): FieldAbout {
  const { title, description } = schema;
  const hint = hintOf(schema);
  return {
    label:
      typeof title === "string" && title.trim() !== "" ? title.slice(0, MAX_LABEL) : place.label.slice(0, MAX_LABEL),
    ...(typeof description === "string" && description !== ""
      ? { description: description.slice(0, MAX_DESCRIPTION) }
      : {}),
    ...(hint === undefined ? {} : { hint }),
    isRequired: place.isRequired,
    isNullable,
    ...(Object.hasOwn(schema, "default") ? { initial: schema["default"] } : {}),
  };
}

function hintOf({ minimum, maximum, format, examples }: JsonSchema): string | undefined {
  const hints: string[] = [];
  if (typeof minimum === "number" && typeof maximum === "number") hints.push(`from ${minimum} to ${maximum}`);
  else if (typeof minimum === "number") hints.push(`${minimum} or more`);
  else if (typeof maximum === "number") hints.push(`${maximum} or less`);
  if (format === "date-time") hints.push("as 2026-11-29T12:00:00Z");
  if (Array.isArray(examples) && examples.length > 0) {
    const example: unknown = examples[0];
    hints.push(`such as ${(typeof example === "string" ? example : JSON.stringify(example)).slice(0, SHORT_TEXT)}`);
  }
  return hints.length === 0 ? undefined : hints.join(", ");
}

function textInputOf({ format, writeOnly, maxLength, pattern }: JsonSchema): TextInput {
  const known = typeof format === "string" && Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  if (known !== undefined) return known;
  if (writeOnly === true) return "secret";
  const isShort = typeof maxLength === "number" && maxLength <= SHORT_TEXT;
  return isShort || typeof pattern === "string" || typeof format === "string" ? "line" : "lines";
}

function optionsOf(schema: JsonSchema): readonly unknown[] | undefined {
  if (Object.hasOwn(schema, "const")) return [schema["const"]];
  const options = schema["enum"];
  if (!Array.isArray(options) || options.length === 0 || options.length > MAX_OPTIONS) return undefined;
  return options;
}

function typeOf({ type, properties }: JsonSchema): unknown {
  if (Array.isArray(type)) {
    const types = type.filter((each) => each !== "null");
    return types.length === 1 ? types[0] : undefined;
  }
  return type ?? (isObject(properties) ? "object" : undefined);
}

export function isObject(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
