import { PlatformError, globViolations, invalidParams, isBelow, isWithin, parsePathPrefix } from "@berth/protocol";
import type { FieldViolation } from "@berth/protocol";
import type { GrantScope } from "@berth/store";

/** @throws PlatformError INVALID_PARAMS, PATH_INVALID for a scope that no grant can have. */
export function assertScope({ read, write, maxBytes, maxFiles, maxCalls, maxCost }: GrantScope): void {
  const violations: FieldViolation[] = [...globViolations(read, "read")];
  for (const [field, value] of Object.entries({ maxBytes, maxFiles, maxCalls })) {
    if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) continue;
    violations.push({ field, description: "must be a whole number from 0" });
  }
  if (maxCost !== undefined && !DECIMAL.test(maxCost)) {
    violations.push({ field: "maxCost", description: "must be a decimal number such as 1.50" });
  }
  if (violations.length > 0) throw invalidParams(violations);
  if (write !== undefined) parsePathPrefix(write);
}

/**
 * The scope as a part of the parent's: a limit that it does not name is the parent's.
 * @throws PlatformError GRANT_EXCEEDED naming what is not within the parent.
 */
export function scopeWithin(scope: GrantScope, parent: GrantScope): GrantScope {
  if (!isWithin(scope.read, parent.read)) throw partExceeded("read");
  if (scope.write !== undefined && !isPrefixWithin(scope.write, parent.write)) throw partExceeded("write");
  const limits: { maxBytes?: number; maxFiles?: number; maxCalls?: number } = {};
  for (const limit of ["maxBytes", "maxFiles", "maxCalls"] as const) {
    const [asked, most] = [scope[limit], parent[limit]];
    if (asked !== undefined && most !== undefined && asked > most) throw partExceeded(limit);
    const value = asked ?? most;
    if (value !== undefined) limits[limit] = value;
  }
  const maxCost = scope.maxCost ?? parent.maxCost;
  if (maxCost !== undefined && parent.maxCost !== undefined && isMore(maxCost, parent.maxCost)) {
    throw partExceeded("maxCost");
  }
  return { ...scope, ...limits, ...(maxCost === undefined ? {} : { maxCost }) };
}

const DECIMAL = /^\d{1,15}(?:\.\d{1,9})?$/;

function isPrefixWithin(inner: string, outer: string | undefined): boolean {
  return outer !== undefined && (inner === outer || isBelow(outer, inner));
}

/** Of decimal text, exactly. */
function isMore(a: string, b: string): boolean {
  return scaled(a) > scaled(b);
}

function scaled(decimal: string): bigint {
  const [whole = "", fraction = ""] = decimal.split(".");
  return BigInt(whole + fraction.padEnd(9, "0"));
}

export function partExceeded(field: string): PlatformError {
  return new PlatformError("GRANT_EXCEEDED", `${field}: this is not within the grant that it is cut from.`, {
    hint: "Hand on less, or ask for more with ctx.requestScope first.",
  });
}
