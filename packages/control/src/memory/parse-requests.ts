import { MEMORY_SCOPES, invalidParams } from "@berth/protocol";
import type { JsonObject, MemoryScope } from "@berth/protocol";
import { parseMemoryFilter } from "./index/memory-filter.ts";
import type { MemoryFilter } from "./index/memory-filter.ts";
import { SEARCH_MODES } from "./index/space-index.ts";
import type { SearchMode } from "./index/space-index.ts";

export interface NewMemory {
  readonly text: string;
  readonly metadata: JsonObject;
  readonly key?: string;
  readonly ttlSeconds?: number;
  readonly source?: string;
}

export interface MemorySearch {
  readonly query: string;
  readonly limit: number;
  readonly mode: SearchMode;
  readonly filter?: MemoryFilter;
}

export type MemoryTarget =
  | { readonly ids: readonly string[] }
  | { readonly key: string }
  | { readonly filter: MemoryFilter }
  | { readonly all: true };

export interface MemoryPage {
  readonly limit: number;
  readonly after?: string;
}

const MAX_TEXT_BYTES = 128 * 1024;
const MAX_METADATA_BYTES = 4 * 1024;
const MAX_NAME = 500;
const MAX_QUERY = 4_096;
const MAX_IDS = 1_000;
const MAX_TTL_SECONDS = 36_500 * 86_400;

/** @throws INVALID_PARAMS */
export function parseNewMemory(body: JsonObject): NewMemory {
  const { text, metadata = {}, ttlSeconds } = body;
  if (typeof text !== "string" || text.trim() === "") throw wrong("text", "must be a text that says something");
  if (Buffer.byteLength(text) > MAX_TEXT_BYTES) {
    throw wrong("text", `may have at most ${MAX_TEXT_BYTES} bytes; save a longer one in parts`);
  }
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata)) {
    throw wrong("metadata", "must be an object");
  }
  if (Buffer.byteLength(JSON.stringify(metadata)) > MAX_METADATA_BYTES) {
    throw wrong("metadata", `may have at most ${MAX_METADATA_BYTES} bytes as JSON`);
  }
  const key = optionalText(body, "key");
  const source = optionalText(body, "source");
  return {
    text: text.toWellFormed(),
    // A JSON value that is neither null nor a list is an object.
    metadata: metadata as JsonObject,
    ...(key === undefined ? {} : { key }),
    ...(source === undefined ? {} : { source }),
    ...(ttlSeconds === undefined ? {} : { ttlSeconds: integer("ttlSeconds", ttlSeconds, MAX_TTL_SECONDS) }),
  };
}

/** @throws INVALID_PARAMS */
export function parseMemorySearch({ query, limit = 10, mode = "hybrid", filter }: JsonObject): MemorySearch {
  if (typeof query !== "string" || query.trim() === "" || query.length > MAX_QUERY) {
    throw wrong("query", `must be a text of at most ${MAX_QUERY} characters`);
  }
  const known = SEARCH_MODES.find((each) => each === mode);
  if (known === undefined) throw wrong("mode", `must be one of ${SEARCH_MODES.join(", ")}`);
  return {
    query: query.toWellFormed(),
    limit: integer("limit", limit, 100),
    mode: known,
    ...(filter === undefined ? {} : { filter: parseMemoryFilter(filter) }),
  };
}

/** @throws INVALID_PARAMS */
export function parseMemoryTarget(body: JsonObject): MemoryTarget {
  const { ids, filter, all } = body;
  if (["ids", "key", "filter", "all"].filter((name) => body[name] !== undefined).length !== 1) {
    throw wrong("ids", "give one of ids, key, filter and all");
  }
  if (filter !== undefined) {
    const parsed = parseMemoryFilter(filter);
    if (Object.keys(parsed).length === 0) throw wrong("filter", "would match everything; say all: true");
    return { filter: parsed };
  }
  if (all !== undefined) {
    if (all !== true) throw wrong("all", "must be true");
    return { all };
  }
  const key = optionalText(body, "key");
  if (key !== undefined) return { key };
  if (Array.isArray(ids) && ids.length > 0 && ids.length <= MAX_IDS) {
    const texts = ids.filter((id) => typeof id === "string");
    if (texts.length === ids.length) return { ids: texts };
  }
  throw wrong("ids", `must be a list of 1 to ${MAX_IDS} ids`);
}

/** @throws INVALID_PARAMS */
export function parseMemoryPage(body: JsonObject): MemoryPage {
  const after = optionalText(body, "after");
  return { limit: integer("limit", body["limit"] ?? 50, 100), ...(after === undefined ? {} : { after }) };
}

/** @throws INVALID_PARAMS */
export function parseMemoryScope({ scope = "user" }: JsonObject): MemoryScope {
  const known = MEMORY_SCOPES.find((each) => each === scope);
  if (known !== undefined) return known;
  throw wrong("scope", `must be one of ${MEMORY_SCOPES.join(", ")}`);
}

function optionalText(body: JsonObject, field: string): string | undefined {
  const value = body[field];
  if (value === undefined) return undefined;
  if (typeof value === "string" && value !== "" && Buffer.byteLength(value) <= MAX_NAME && value.isWellFormed()) {
    return value;
  }
  throw wrong(field, `must be a text of at most ${MAX_NAME} bytes`);
}

function integer(field: string, value: unknown, max: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw wrong(field, `must be a whole number from 1 to ${max}`);
}

function wrong(field: string, description: string): Error {
  return invalidParams([{ field, description }]);
}
