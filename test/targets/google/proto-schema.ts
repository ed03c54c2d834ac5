import { readFileSync } from "node:fs";
import { join } from "node:path";

/** One node of protobuf.js' JSON: a namespace, a message, an enum or a service. */
interface ProtoNode {
  readonly nested?: Readonly<Record<string, ProtoNode>>;
  readonly fields?: Readonly<Record<string, ProtoField>>;
  readonly values?: Readonly<Record<string, number>>;
  readonly oneofs?: Readonly<Record<string, { readonly oneof: readonly string[] }>>;
  readonly methods?: Readonly<Record<string, ProtoMethod>>;
}
interface ProtoField {
  readonly type: string;
  readonly rule?: "repeated";
  readonly keyType?: string;
  readonly options?: Readonly<Record<string, unknown>>;
}
interface ProtoMethod {
  readonly requestType: string;
  readonly options?: Readonly<Record<string, string>>;
}

export interface MatchedCall {
  readonly method: string;
  /** What stands in the path, by the field it is for: `{ name: "projects/p/…" }`. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface Violation {
  readonly field: string;
  readonly description: string;
}

const VERBS = ["get", "post", "put", "patch", "delete"];
const MODULES = join(import.meta.dirname, "../node_modules");

/**
 * The official description of an API, as Google's own client carries it: which calls there are, and what a body may hold.
 * JSON names, types and field behaviours of google.api.field_behavior; AIP-127 for paths.
 */
export class ProtoSchema {
  readonly #root: ProtoNode;
  readonly #package: string;
  readonly #services: readonly string[];

  constructor(client: string, packageName: string, services: readonly string[]) {
    this.#root = JSON.parse(readFileSync(join(MODULES, client, "build/protos/protos.json"), "utf8"));
    this.#package = packageName;
    this.#services = services;
  }

  /** Undefined when no call has this method and path. Otherwise what is wrong with the call, empty when nothing is. */
  check(
    verb: string,
    path: string,
    query: URLSearchParams,
    body: unknown,
  ): { readonly call: MatchedCall; readonly violations: readonly Violation[] } | undefined {
    for (const service of this.#services) {
      const methods = this.#node(`${this.#package}.${service}`)?.methods ?? {};
      for (const [method, { requestType, options = {} }] of Object.entries(methods)) {
        const template = options[`(google.api.http).${verb.toLowerCase()}`];
        if (template === undefined || !VERBS.includes(verb.toLowerCase())) continue;
        const variables = matchPath(template, path);
        if (variables === undefined) continue;
        const violations = this.#checkCall({ requestType, options, variables, query, body, isPatch: verb === "PATCH" });
        return { call: { method, variables }, violations };
      }
    }
    return undefined;
  }

  #checkCall({
    requestType,
    options,
    variables,
    query,
    body,
    isPatch,
  }: {
    readonly requestType: string;
    readonly options: Readonly<Record<string, string>>;
    readonly variables: Readonly<Record<string, string>>;
    readonly query: URLSearchParams;
    readonly body: unknown;
    readonly isPatch: boolean;
  }): readonly Violation[] {
    const found: Violation[] = [];
    const request = this.#find(requestType, this.#package);
    const fields = request?.node.fields ?? {};
    const bodyField = options["(google.api.http).body"];
    for (const name of query.keys()) {
      if (name.startsWith("$") || name === "alt") continue;
      if (fields[name.split(".")[0] ?? ""] === undefined)
        found.push({ field: name, description: "no such query parameter" });
    }
    if (bodyField === undefined) {
      if (body !== undefined) found.push({ field: "body", description: "this call has no body" });
    } else if (bodyField === "*") {
      const rest = Object.fromEntries(Object.keys(variables).map((name) => [name, ""]));
      this.#checkMessage(requestType, this.#package, { ...rest, ...asRecord(body) }, "", found, isPatch);
    } else {
      const type = fields[camel(bodyField)]?.type ?? "";
      this.#checkMessage(type, request?.scope ?? this.#package, body, "", found, isPatch);
    }
    for (const [name, field] of Object.entries(fields)) {
      const isGiven =
        query.has(name) ||
        Object.keys(variables).some((variable) => camel(variable.split(".")[0] ?? "") === name) ||
        (bodyField !== undefined && (bodyField === "*" || camel(bodyField) === name));
      if (behaviours(field).includes("REQUIRED") && !isGiven) found.push({ field: name, description: "is required" });
    }
    return found;
  }

  #checkMessage(type: string, scope: string, value: unknown, path: string, found: Violation[], isPatch: boolean): void {
    const described = this.#find(type, scope);
    if (described === undefined) throw new Error(`the description has no ${type}`);
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      found.push({ field: path, description: `must be an object (${type})` });
      return;
    }
    const { fields = {}, oneofs = {} } = described.node;
    for (const [name, part] of Object.entries(value)) {
      const field = fields[name];
      const at = path === "" ? name : `${path}.${name}`;
      if (field === undefined) found.push({ field: at, description: `Unknown name "${name}": Cannot find field.` });
      else if (behaviours(field).includes("OUTPUT_ONLY")) found.push({ field: at, description: "is output only" });
      else this.#checkField(field, described.scope, part, at, found, isPatch);
    }
    for (const [name, field] of Object.entries(fields)) {
      const isMissing = !(name in value) || JSON.stringify(Reflect.get(value, name)) === '""';
      if (!isPatch && behaviours(field).includes("REQUIRED") && isMissing && !isPathOnly(name)) {
        found.push({ field: path === "" ? name : `${path}.${name}`, description: "is required" });
      }
    }
    for (const [name, { oneof }] of Object.entries(oneofs)) {
      if (oneof.filter((member) => member in value).length > 1)
        found.push({ field: path, description: `only one of ${name} may be set` });
    }
  }

  #checkField(
    field: ProtoField,
    scope: string,
    value: unknown,
    path: string,
    found: Violation[],
    isPatch: boolean,
  ): void {
    if (field.keyType !== undefined) {
      for (const [key, part] of Object.entries(asRecord(value))) {
        this.#checkValue(field.type, scope, part, `${path}.${key}`, found, isPatch);
      }
      return;
    }
    if (field.rule !== "repeated") {
      this.#checkValue(field.type, scope, value, path, found, isPatch);
      return;
    }
    if (!Array.isArray(value)) found.push({ field: path, description: "must be a list" });
    else
      for (const [at, part] of value.entries())
        this.#checkValue(field.type, scope, part, `${path}[${at}]`, found, isPatch);
  }

  #checkValue(type: string, scope: string, value: unknown, path: string, found: Violation[], isPatch: boolean): void {
    const expected = SCALARS[type] ?? WELL_KNOWN[type];
    if (expected !== undefined) {
      if (!expected.holds(value)) found.push({ field: path, description: `must be ${expected.name}` });
      return;
    }
    const described = this.#find(type, scope);
    if (described?.node.values !== undefined) {
      const isKnown = typeof value === "string" && Object.hasOwn(described.node.values, value);
      if (!isKnown)
        found.push({ field: path, description: `must be one of ${Object.keys(described.node.values).join(", ")}` });
      return;
    }
    this.#checkMessage(type, scope, value, path, found, isPatch);
  }

  /** By the rules of protobuf: from the innermost scope outwards. */
  #find(type: string, scope: string): { readonly node: ProtoNode; readonly scope: string } | undefined {
    const parts = scope.split(".");
    for (let length = parts.length; length >= 0; length -= 1) {
      const name = [...parts.slice(0, length), type].join(".");
      const node = this.#node(name);
      if (node !== undefined) return { node, scope: name };
    }
    return undefined;
  }

  #node(name: string): ProtoNode | undefined {
    return name.split(".").reduce<ProtoNode | undefined>((node, part) => node?.nested?.[part], this.#root);
  }
}

interface Expected {
  readonly name: string;
  readonly holds: (value: unknown) => boolean;
}

const whole = (value: unknown): boolean => typeof value === "number" && Number.isInteger(value);
const digits = (value: unknown): boolean => typeof value === "string" && /^-?\d+$/.test(value);
const SCALARS: Readonly<Record<string, Expected>> = {
  string: { name: "a text", holds: (value) => typeof value === "string" },
  bool: { name: "true or false", holds: (value) => typeof value === "boolean" },
  int32: { name: "a whole number", holds: whole },
  uint32: { name: "a whole number", holds: whole },
  int64: { name: "digits in a text", holds: digits },
  uint64: { name: "digits in a text", holds: digits },
  double: { name: "a number", holds: (value) => typeof value === "number" },
  float: { name: "a number", holds: (value) => typeof value === "number" },
  bytes: { name: "base64", holds: (value) => typeof value === "string" && /^[A-Za-z0-9+/]*={0,2}$/.test(value) },
};
const WELL_KNOWN: Readonly<Record<string, Expected>> = {
  "google.protobuf.Duration": {
    name: 'seconds such as "3.5s"',
    holds: (value) => typeof value === "string" && /^-?\d+(\.\d{1,9})?s$/.test(value),
  },
  "google.protobuf.Timestamp": {
    name: "an RFC 3339 time",
    holds: (value) => typeof value === "string" && !Number.isNaN(Date.parse(value)),
  },
  "google.protobuf.Struct": {
    name: "an object",
    holds: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  },
  "google.protobuf.Value": { name: "any value", holds: (value) => value !== undefined },
  "google.protobuf.FieldMask": { name: "names with commas", holds: (value) => typeof value === "string" },
};

function behaviours({ options = {} }: ProtoField): readonly string[] {
  const value = options["(google.api.field_behavior)"];
  return Array.isArray(value) ? value.map(String) : typeof value === "string" ? [value] : [];
}

/** Fields that a body is about, and the path says. */
function isPathOnly(name: string): boolean {
  return name === "name" || name === "resource" || name === "parent";
}

function camel(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

/** `/v2/{service.name=projects/*\/locations/*\/services/*}:getIamPolicy` as a regular expression. */
function matchPath(template: string, path: string): Readonly<Record<string, string>> | undefined {
  const names: string[] = [];
  const pattern = template.replaceAll(
    /\{([a-z_.]+)(?:=([^}]*))?\}|[.:?+^$()[\]\\|]/g,
    (whole, name?: string, inner = "*") => {
      if (name === undefined) return `\\${whole}`;
      names.push(name);
      return `(${String(inner).replaceAll("**", "\u0000").replaceAll("*", "[^/:]+").replaceAll("\u0000", ".+")})`;
    },
  );
  const match = new RegExp(`^${pattern}$`).exec(path);
  if (match === null) return undefined;
  return Object.fromEntries(names.map((name, at) => [name, match[at + 1] ?? ""]));
}
