import type { JsonObject, JsonValue } from "@berth/protocol";
import { oneLine, printableJson } from "../render/printable.ts";
import type { Names } from "./names.ts";

export interface TypeDeclaration {
  readonly name: string;
  readonly type: string;
}

const MAX_DEPTH = 32;

/**
 * A JSON Schema as TypeScript: the named type of the whole and one for each definition it uses. What TypeScript cannot
 * say (patterns, ranges, conditions) is left out; what a schema does not say is `unknown`.
 */
export function schemaTypes(schema: JsonObject, name: string, names: Names): readonly TypeDeclaration[] {
  const writer = new TypeWriter(schema, name, names);
  return [{ name, type: writer.root() }, ...writer.definitions()];
}

class TypeWriter {
  readonly #schema: JsonObject;
  readonly #name: string;
  readonly #names: Names;
  readonly #known = new Map<string, string>();
  readonly #declared: TypeDeclaration[] = [];

  constructor(schema: JsonObject, name: string, names: Names) {
    this.#schema = schema;
    this.#name = name;
    this.#names = names;
  }

  root(): string {
    return isCircular(this.#schema, "#") ? "unknown" : this.#type(this.#schema, 0);
  }

  definitions(): readonly TypeDeclaration[] {
    return this.#declared;
  }

  #type(schema: JsonValue | undefined, depth: number): string {
    if (schema === false) return "never";
    if (!isObject(schema) || depth > MAX_DEPTH) return "unknown";
    const parts = [
      this.#reference(schema.$ref),
      ...(schema.enum !== undefined || schema.const !== undefined ? [literals(schema)] : [this.#plain(schema, depth)]),
      this.#union(schema.anyOf, depth),
      this.#union(schema.oneOf, depth),
      ...(Array.isArray(schema.allOf) ? schema.allOf.map((each: JsonValue) => this.#type(each, depth + 1)) : []),
    ].filter((part): part is string => part !== undefined && part !== "unknown");
    const type = parts.length > 1 ? parts.map((part) => grouped(part)).join(" & ") : (parts[0] ?? "unknown");
    return schema.nullable === true && type !== "unknown" ? `${grouped(type)} | null` : type;
  }

  #plain(schema: JsonObject, depth: number): string | undefined {
    const { type } = schema;
    if (Array.isArray(type)) return unionOf(type.map((each: JsonValue) => this.#named(schema, each, depth)));
    return this.#named(schema, type ?? impliedType(schema), depth);
  }

  #named(schema: JsonObject, type: JsonValue | undefined, depth: number): string {
    switch (type) {
      case "string":
      case "boolean":
      case "null":
        return type;
      case "number":
      case "integer":
        return "number";
      case "array":
        return this.#array(schema, depth);
      case "object":
        return this.#object(schema, depth);
      default:
        return "unknown";
    }
  }

  #array({ items, prefixItems }: JsonObject, depth: number): string {
    const tuple = Array.isArray(prefixItems) ? prefixItems : Array.isArray(items) ? items : undefined;
    if (tuple === undefined) return `readonly ${grouped(this.#type(items, depth + 1))}[]`;
    const rest = Array.isArray(items) || items === undefined ? "unknown" : this.#type(items, depth + 1);
    const first = tuple.map((each: JsonValue) => `${grouped(this.#type(each, depth + 1))}?`);
    return `readonly [${[...first, ...(rest === "never" ? [] : [`...${grouped(rest)}[]`])].join(", ")}]`;
  }

  #object({ properties, required, additionalProperties }: JsonObject, depth: number): string {
    const members = isObject(properties) ? Object.entries(properties) : [];
    const needed: readonly JsonValue[] = Array.isArray(required) ? required : [];
    if (members.length === 0) {
      const rest = additionalProperties === undefined ? "unknown" : this.#type(additionalProperties, depth + 1);
      return `{ readonly [name: string]: ${rest} }`;
    }
    const lines = members.map(([name, schema]: [string, JsonValue]) => {
      const type = this.#type(schema, depth + 1);
      const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : printableJson(name);
      const value = needed.includes(name) ? `: ${type}` : `?: ${type === "unknown" ? type : `${type} | undefined`}`;
      return `${commentOf(schema)}readonly ${key}${value};`;
    });
    // With a type of their own, the other members would have to agree with the named ones.
    const isOpen = additionalProperties === true || isObject(additionalProperties);
    return `{ ${[...lines, ...(isOpen ? ["readonly [name: string]: unknown;"] : [])].join(" ")} }`;
  }

  #union(options: JsonValue | undefined, depth: number): string | undefined {
    if (!Array.isArray(options)) return undefined;
    return unionOf(options.map((each: JsonValue) => this.#type(each, depth + 1)));
  }

  /** Named types, so that a schema that holds itself comes to an end. */
  #reference(ref: JsonValue | undefined): string | undefined {
    if (typeof ref !== "string") return undefined;
    if (ref === "#") return this.#name;
    const known = this.#known.get(ref);
    if (known !== undefined) return known;
    const target = definition(this.#schema, ref);
    if (target === undefined) return "unknown";
    const name = this.#names.type(`${this.#name} ${ref.slice(ref.lastIndexOf("/") + 1)}`);
    this.#known.set(ref, name);
    this.#declared.push({ name, type: isCircular(this.#schema, ref) ? "unknown" : this.#type(target, 0) });
    return name;
  }
}

function unionOf(types: readonly string[]): string {
  if (types.length === 0) return "never";
  if (types.includes("unknown")) return "unknown";
  return [...new Set(types)].map((type) => grouped(type)).join(" | ");
}

/** JSON is TypeScript's notation for literal types, too. */
function literals({ enum: choices, const: constant }: JsonObject): string {
  const values = constant === undefined ? choices : [constant];
  if (!Array.isArray(values)) return "unknown";
  return unionOf(values.map((value: JsonValue) => printableJson(value)));
}

/** Only what is in one piece can be followed by `[]` or stand beside `&`. */
function grouped(type: string): string {
  return /^(?:[\w$]+|"(?:[^"\\]|\\.)*"|\{[^{}]*\})$/.test(type) ? type : `(${type})`;
}

function impliedType({ properties, items, prefixItems, additionalProperties }: JsonObject): string | undefined {
  if (properties !== undefined || additionalProperties !== undefined) return "object";
  return items === undefined && prefixItems === undefined ? undefined : "array";
}

function commentOf(schema: JsonValue | undefined): string {
  const description = isObject(schema) ? schema.description : undefined;
  return typeof description === "string" ? `/** ${commentText(description)} */ ` : "";
}

/** Text of an agent's author inside a comment that it must not end. */
export function commentText(text: string): string {
  return oneLine(text, 500).replaceAll("*/", "*\\/");
}

function definition(root: JsonObject, ref: string): JsonValue | undefined {
  const [, place = "", encoded = ""] = /^#\/(\$defs|definitions)\/([^/]+)$/.exec(ref) ?? [];
  const definitions = root[place];
  const name = encoded.replaceAll("~1", "/").replaceAll("~0", "~");
  return isObject(definitions) && Object.hasOwn(definitions, name) ? definitions[name] : undefined;
}

/** Whether it is defined by itself with nothing in between, which TypeScript does not take. */
function isCircular(root: JsonObject, start: string): boolean {
  const seen = new Set<string>();
  const visit = (ref: string): boolean => {
    const target = ref === "#" ? root : definition(root, ref);
    return immediateReferences(target).some((next) => {
      if (next === start) return true;
      if (seen.has(next)) return false;
      seen.add(next);
      return visit(next);
    });
  };
  return visit(start);
}

function immediateReferences(schema: JsonValue | undefined): readonly string[] {
  if (!isObject(schema)) return [];
  const { $ref, anyOf, oneOf, allOf } = schema;
  const inner = [anyOf, oneOf, allOf].flatMap((list) => (Array.isArray(list) ? list : []));
  return [
    ...(typeof $ref === "string" ? [$ref] : []),
    ...inner.flatMap((each: JsonValue) => immediateReferences(each)),
  ];
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
