import { compileGlobs, globViolations, isBelow, parsePathPrefix } from "@berth/protocol";
import type { PathGlobs } from "@berth/protocol";
import type { GrantRecord, GrantScope } from "@berth/store";
import type { GrantOperation } from "./grants.ts";

/**
 * Everything that a grant can say, and the whole list: what is not on it denies. A caveat is a JSON array in the JCS
 * form, its kind first. All of them must hold, and within one any of its values suffices.
 */
export type Caveat =
  | { readonly kind: "aud" | "sa" | "run" | "org"; readonly value: string }
  /** Unix seconds. */
  | { readonly kind: "nbf" | "exp"; readonly at: number }
  | { readonly kind: "op"; readonly operations: readonly GrantOperation["op"][] }
  | { readonly kind: "read"; readonly globs: PathGlobs }
  | { readonly kind: "write"; readonly prefix: string }
  | { readonly kind: "max_bytes" | "max_files"; readonly limit: number };

export interface Holder {
  readonly orgId: string;
  readonly agentId: string;
  readonly runId: string;
}

/** What the run has written so far. */
export interface RunUsage {
  readonly bytes: number;
  readonly paths: ReadonlySet<string>;
}

export const NO_USAGE: RunUsage = { bytes: 0, paths: new Set() };

/** Clocks of two nodes may differ by this much. */
const CLOCK_SKEW_SECONDS = 5;
const OPERATIONS = ["list", "read", "write", "delete"] as const;

/** What a token says of a grant, in one order and spelling. */
export function caveatsOf({ orgId, runId, agentId, scope, issuedAt, expiresAt }: GrantRecord): readonly string[] {
  return [
    format("aud", `ws:${runId}`),
    format("org", orgId),
    format("sa", agentId),
    format("run", runId),
    format("nbf", toSeconds(issuedAt) - CLOCK_SKEW_SECONDS),
    format("exp", toSeconds(expiresAt)),
    ...scopeCaveatsOf(scope),
  ];
}

/** The part of it that is about operations. */
export function scopeCaveatsOf({ read, write, maxBytes, maxFiles }: GrantScope): readonly string[] {
  const operations = OPERATIONS.filter((op) =>
    op === "list" || op === "read" ? read.length > 0 : write !== undefined,
  );
  return [
    format("op", ...operations),
    ...(read.length === 0 ? [] : [format("read", ...read)]),
    ...(write === undefined ? [] : [format("write", write)]),
    ...(maxBytes === undefined ? [] : [format("max_bytes", maxBytes)]),
    ...(maxFiles === undefined ? [] : [format("max_files", maxFiles)]),
  ];
}

function format(...caveat: readonly (string | number)[]): string {
  // Of arrays of well-formed text and safe integers this makes the JCS form.
  return JSON.stringify(caveat);
}

/** Whether it is in these hands. */
export function isHeldBy(caveat: Caveat, { orgId, agentId, runId }: Holder): boolean {
  if (caveat.kind === "aud") return caveat.value === `ws:${runId}`;
  if (caveat.kind === "org") return caveat.value === orgId;
  if (caveat.kind === "sa") return caveat.value === agentId;
  return caveat.kind !== "run" || caveat.value === runId;
}

export function isTimely(caveat: Caveat, at: Date): boolean {
  const seconds = at.getTime() / 1_000;
  if (caveat.kind === "nbf") return seconds >= caveat.at;
  return caveat.kind !== "exp" || seconds < caveat.at;
}

/** Whether it stands in the way of this operation. */
export function permits(caveat: Caveat, operation: GrantOperation, usage: RunUsage): boolean {
  const { op, path } = operation;
  const reads = op === "read" || op === "list";
  switch (caveat.kind) {
    case "op":
      return caveat.operations.includes(op);
    case "read":
      return (
        !reads || (op === "list" && isPrefix(path) ? caveat.globs.mayMatchBelow(path) : caveat.globs.matches(path))
      );
    case "write":
      return reads || isBelow(caveat.prefix, path);
    case "max_bytes":
      // A write that does not say its size cannot be counted.
      return op !== "write" || usage.bytes + (operation.bytes ?? Infinity) <= caveat.limit;
    case "max_files":
      return op !== "write" || usage.paths.has(path) || usage.paths.size < caveat.limit;
    default:
      return true;
  }
}

export function isPrefix(path: string): boolean {
  return path === "" || path.endsWith("/");
}

const MAX_KNOWN = 2_000;
/** Compiling globs is most of the work of a check, and the same texts come again with every operation of a run. */
const known = new Map<string, Caveat>();

/** @returns undefined for what is not in the vocabulary, or not in its one spelling. */
export function parseCaveat(text: string): Caveat | undefined {
  const found = known.get(text);
  if (found !== undefined) return found;
  const caveat = parse(text);
  if (caveat === undefined) return undefined;
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(text, caveat);
  return caveat;
}

function parse(text: string): Caveat | undefined {
  const value = parseArray(text);
  if (value === undefined) return undefined;
  const [kind, ...rest] = value;
  const [first] = rest;
  const only = rest.length === 1 ? first : undefined;
  switch (kind) {
    case "aud":
    case "sa":
    case "run":
    case "org":
      return typeof only === "string" ? { kind, value: only } : undefined;
    case "nbf":
    case "exp":
      return isCount(only) ? { kind, at: only } : undefined;
    case "max_bytes":
    case "max_files":
      return isCount(only) ? { kind, limit: only } : undefined;
    case "op":
      return rest.every(isOperation) ? { kind, operations: rest } : undefined;
    case "read":
      if (!rest.every((glob) => typeof glob === "string") || globViolations(rest, kind).length > 0) return undefined;
      return { kind, globs: compileGlobs(rest) };
    case "write":
      return isPathPrefix(only) ? { kind, prefix: only } : undefined;
    default:
      return undefined;
  }
}

function parseArray(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && JSON.stringify(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isOperation(value: unknown): value is GrantOperation["op"] {
  return OPERATIONS.some((op) => op === value);
}

function isPathPrefix(value: unknown): value is string {
  try {
    return parsePathPrefix(value) === value;
  } catch {
    return false;
  }
}

function toSeconds(instant: string): number {
  return Math.floor(Date.parse(instant) / 1_000);
}
