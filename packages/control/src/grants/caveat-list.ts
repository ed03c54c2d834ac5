import { isWithin, parsePathPrefix, parseWorkspacePath } from "@berth/protocol";
import type { GrantScope } from "@berth/store";
import { NO_USAGE, isPrefix, parseCaveat, permits, scopeCaveatsOf } from "./caveat.ts";
import type { Caveat, RunUsage } from "./caveat.ts";
import type { GrantOperation } from "./grants.ts";

export function permitsAll(caveats: readonly Caveat[], operation: GrantOperation, usage: RunUsage): boolean {
  return caveats.every((caveat) => permits(caveat, operation, usage));
}

const known = new WeakMap<GrantScope, readonly Caveat[]>();

/** The record's own say, beside the token's: a change of how tokens are made cannot widen it. */
export function toCaveats(scope: GrantScope): readonly Caveat[] {
  const found = known.get(scope);
  if (found !== undefined) return found;
  const caveats = parseAll(scopeCaveatsOf(scope));
  if (caveats === undefined) throw new Error("a grant has a scope that no token can say");
  known.set(scope, caveats);
  return caveats;
}

/** undefined when one of them is not in the vocabulary. */
export function parseAll(texts: readonly string[]): readonly Caveat[] | undefined {
  const caveats = texts.map(parseCaveat).filter((caveat) => caveat !== undefined);
  return caveats.length === texts.length ? caveats : undefined;
}

/** Whether a caveat of the parent's token leaves room for this scope. */
export function coversScope(caveat: Caveat, scope: GrantScope): boolean {
  if (caveat.kind === "read") return isWithin(scope.read, caveat.globs.patterns);
  if (caveat.kind === "op") {
    const readable =
      scope.read.length === 0 || (caveat.operations.includes("read") && caveat.operations.includes("list"));
    const writable =
      scope.write === undefined || (caveat.operations.includes("write") && caveat.operations.includes("delete"));
    return readable && writable;
  }
  const { write } = scope;
  if (caveat.kind === "write")
    return write === undefined || permits(caveat, { op: "delete", path: `${write}x` }, NO_USAGE);
  if (caveat.kind === "max_bytes") return write === undefined || (scope.maxBytes ?? Infinity) <= caveat.limit;
  if (caveat.kind === "max_files") return write === undefined || (scope.maxFiles ?? Infinity) <= caveat.limit;
  return true;
}

/** @throws PATH_INVALID */
export function assertPath({ op, path }: GrantOperation): void {
  if (op !== "list" || !isPrefix(path)) parseWorkspacePath(path);
  else if (path !== "") parsePathPrefix(path);
}
