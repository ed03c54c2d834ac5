import { PlatformError } from "@berth/protocol";
import type { PathParams } from "./exchange.ts";

export interface Routable {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** `/v1/agents/{name}`, `/tasks/{id}:cancel`, `/ledger/tile/{path...}`, `/v2/{name...}/tags/list`: one of them takes what the others leave. */
  readonly path: string;
  /** A parameter may hold colons: there are no custom verbs here. */
  readonly colons?: true;
}

export type Match<R> =
  | { readonly kind: "found"; readonly route: R; readonly params: PathParams }
  | { readonly kind: "wrong_method"; readonly allow: readonly string[] }
  | { readonly kind: "none" };

type Segment =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "param"; readonly name: string; readonly suffix: string }
  | { readonly kind: "rest"; readonly name: string };

interface Pattern<R> {
  readonly segments: readonly Segment[];
  readonly colons: boolean;
  readonly methods: Map<string, R>;
}

const NO_PARAMS: PathParams = {};

/** Literal paths are one map lookup; patterns are tried in the order in which they were declared. */
export class Router<R extends Routable> {
  readonly #literals = new Map<string, Map<string, R>>();
  readonly #patterns = new Map<string, Pattern<R>>();

  constructor(routes: readonly R[]) {
    for (const route of routes) {
      const methods = this.#methodsOf(route);
      if (methods.has(route.method)) throw new Error(`${route.method} ${route.path} is declared twice`);
      methods.set(route.method, route);
    }
  }

  #methodsOf({ path, colons }: R): Map<string, R> {
    if (!path.includes("{")) {
      const known = this.#literals.get(path) ?? new Map<string, R>();
      this.#literals.set(path, known);
      return known;
    }
    const known = this.#patterns.get(path) ?? {
      segments: compile(path),
      colons: colons === true,
      methods: new Map<string, R>(),
    };
    this.#patterns.set(path, known);
    return known.methods;
  }

  /** @throws INVALID_REQUEST for a path that is not validly percent-encoded. */
  match(method: string, path: string): Match<R> {
    const literal = this.#literals.get(path);
    if (literal !== undefined) return pick(literal, method, NO_PARAMS);
    const parts = path.split("/");
    for (const { segments, colons, methods } of this.#patterns.values()) {
      const params = fit(segments, parts, colons);
      if (params !== undefined) return pick(methods, method, params);
    }
    return { kind: "none" };
  }
}

function pick<R>(methods: ReadonlyMap<string, R>, method: string, params: PathParams): Match<R> {
  const route = methods.get(method) ?? (method === "HEAD" ? methods.get("GET") : undefined);
  if (route !== undefined) return { kind: "found", route, params };
  const known = [...methods.keys()];
  return { kind: "wrong_method", allow: [...known, ...(methods.has("GET") ? ["HEAD"] : []), "OPTIONS"] };
}

function compile(path: string): readonly Segment[] {
  return path.split("/").map((text): Segment => {
    const found = /^\{(\w+)(\.\.\.)?\}(.*)$/.exec(text);
    if (found === null) return { kind: "literal", text };
    const [, name = "", rest, suffix = ""] = found;
    return rest === undefined ? { kind: "param", name, suffix } : { kind: "rest", name };
  });
}

function fit(segments: readonly Segment[], parts: readonly string[], colons: boolean): PathParams | undefined {
  const open = segments.findIndex(({ kind }) => kind === "rest");
  const spare = parts.length - segments.length;
  if (open === -1 ? spare !== 0 : spare < 0) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const at = open !== -1 && index > open ? index + spare : index;
    const part = parts[at] ?? "";
    if (segment.kind === "literal") {
      if (part !== segment.text) return undefined;
    } else if (segment.kind === "rest") {
      params[segment.name] = decodeSegments(parts.slice(at, at + spare + 1)).join("/");
    } else {
      const value = withoutSuffix(part, segment.suffix, colons);
      if (value === undefined) return undefined;
      const [decoded = ""] = decodeSegments([value]);
      params[segment.name] = decoded;
    }
  }
  return params;
}

function withoutSuffix(part: string, suffix: string, colons: boolean): string | undefined {
  // Some clients encode the colon of a custom verb.
  const text = suffix === "" ? part : part.replace(/%3a/i, ":");
  if (suffix === "") return part === "" || (!colons && part.includes(":")) ? undefined : part;
  if (!text.endsWith(suffix) || text.length === suffix.length) return undefined;
  return text.slice(0, -suffix.length);
}

/** Attacker-controlled: a decoded segment never holds a separator, a control character, or a way up. */
function decodeSegments(parts: readonly string[]): readonly string[] {
  return parts.map((part) => {
    let text: string;
    try {
      text = decodeURIComponent(part);
    } catch {
      throw new PlatformError("INVALID_REQUEST", "The path is not validly percent-encoded.");
    }
    // oxlint-disable-next-line no-control-regex
    if (text === "." || text === ".." || /[/\\\u0000-\u001f\u007f]/.test(text)) {
      throw new PlatformError("ROUTE_NOT_FOUND", "There is nothing at this address.");
    }
    return text;
  });
}
