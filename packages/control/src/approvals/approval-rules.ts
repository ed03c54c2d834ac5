import { PlatformError, compileGlobs, invalidParams, isAllowed, isWithin, parsePathPrefix } from "@berth/protocol";
import type { FieldViolation, Principal } from "@berth/protocol";
import type { ApprovalPolicyRecord, ApprovalRecord, GrantRecord, GrantScope } from "@berth/store";
import { idsOf } from "../services/run-registry.ts";
import type { Decision, NewPolicy, NewRequest } from "./approvals.ts";

const MAX_REASON = 2_000;
const MAX_NOTE = 2_000;
const MIN_SECONDS = 10;
const MAX_SECONDS = 24 * 3_600;
const DEFAULT_SECONDS = 3_600;
/** Of one glob list, so that a person can read what they decide on. */
const MAX_ASKED_GLOBS = 16;

/** How long a request waits at most. */
export const LONGEST_WAIT_MS: number = MAX_SECONDS * 1_000;

/** What was asked for and when it lapses. @throws INVALID_PARAMS, PATH_INVALID, GRANT_EXCEEDED */
export function checkedRequest(
  { read, write, reason, expiresInSeconds = DEFAULT_SECONDS }: NewRequest,
  grant: GrantRecord,
  now: Date,
): { readonly read: readonly string[]; readonly write?: string; readonly reason: string; readonly expiresAt: string } {
  const violations: FieldViolation[] = [];
  if (reason.trim() === "" || reason.length > MAX_REASON) {
    violations.push({ field: "reason", description: `1 to ${MAX_REASON} characters` });
  }
  if (read.length > MAX_ASKED_GLOBS) {
    violations.push({ field: "read", description: `at most ${MAX_ASKED_GLOBS} globs in one request` });
  }
  if (read.length === 0 && write === undefined) {
    violations.push({ field: "read", description: "name what the run needs" });
  }
  if (!(expiresInSeconds >= MIN_SECONDS && expiresInSeconds <= MAX_SECONDS)) {
    violations.push({ field: "expiresInSeconds", description: `${MIN_SECONDS} to ${MAX_SECONDS}` });
  }
  if (violations.length > 0) throw invalidParams(violations);
  compileGlobs(read, "read");
  const prefix = write === undefined ? undefined : parsePathPrefix(write);
  if (prefix !== undefined && grant.scope.write !== undefined) {
    throw writesAlready(grant.scope.write);
  }
  const lapses = Math.min(now.getTime() + expiresInSeconds * 1_000, Date.parse(grant.runDeadline));
  return {
    read,
    reason: reason.toWellFormed(),
    expiresAt: new Date(lapses).toISOString(),
    ...(prefix === undefined ? {} : { write: prefix }),
  };
}

/**
 * Why this principal may not decide; undefined when it may. Two keys of one person are that person, and so is a session
 * of theirs. `callers` are those whose messages the run has had since it asked.
 */
export function objectionTo(
  principal: Principal,
  approval: Pick<ApprovalRecord, "requesterId" | "callers">,
  callers: ReadonlySet<string> = new Set(),
): string | undefined {
  if (!isAllowed(principal, "approval.decide")) return 'This needs the scope "approve".';
  if (principal.actors !== undefined) return "An agent may not decide for the person it acts for.";
  const asked = new Set([approval.requesterId, ...(approval.callers ?? []), ...callers]);
  if (idsOf(principal).some((id) => asked.has(id))) return "Whoever made the call may not approve what it asks for.";
  return undefined;
}

/** @throws INVALID_PARAMS */
export function assertNote(note: string | undefined): void {
  if (note === undefined || note.length <= MAX_NOTE) return;
  throw invalidParams([{ field: "note", description: `at most ${MAX_NOTE} characters` }]);
}

/** Rights that stand beside those of a grant. */
export interface Allowance {
  readonly read: readonly string[];
  readonly write?: string;
}

/** What a decision allows. @throws INVALID_PARAMS, GRANT_EXCEEDED for more than was asked */
export function allowedBy(approval: ApprovalRecord, { read = approval.read, write = true }: Decision): Allowance {
  if (read.length > MAX_ASKED_GLOBS) {
    throw invalidParams([{ field: "read", description: `at most ${MAX_ASKED_GLOBS} globs` }]);
  }
  const exactly = read.every((glob) => approval.read.includes(glob));
  if (!exactly && !isWithin(read, approval.read)) {
    throw new PlatformError("GRANT_EXCEEDED", "This would allow more than was asked for.", {
      hint: `It asked for: ${approval.read.join(", ")}.`,
    });
  }
  const prefix = write ? approval.write : undefined;
  if (read.length === 0 && prefix === undefined) {
    throw invalidParams([{ field: "read", description: "nothing is left to allow; deny it instead" }]);
  }
  return { read, ...(prefix === undefined ? {} : { write: prefix }) };
}

/**
 * What a grant becomes by what was allowed, and what its next renewal goes back to. Rights for a while stay rights for a
 * while when others are added for good.
 */
export function widened(
  { scope, renewAs }: Pick<GrantRecord, "scope" | "renewAs">,
  allowed: Allowance,
  extent: "once" | "task",
): { readonly scope: GrantScope; readonly renewAs?: GrantScope } {
  if (allowed.write !== undefined && (scope.write ?? allowed.write) !== allowed.write) throw writesAlready(scope.write);
  const lasting = renewAs ?? scope;
  if (extent === "once") return { scope: plus(scope, allowed), renewAs: lasting };
  return { scope: plus(scope, allowed), ...(renewAs === undefined ? {} : { renewAs: plus(renewAs, allowed) }) };
}

function plus(scope: GrantScope, { read, write }: Allowance): GrantScope {
  return {
    ...scope,
    read: [...new Set([...scope.read, ...read])],
    ...(write === undefined ? {} : { write }),
  };
}

function writesAlready(prefix: string | undefined): PlatformError {
  return new PlatformError("GRANT_EXCEEDED", `This run writes below ${prefix ?? "a prefix"} and nowhere else.`, {
    hint: "Only a run that may not write at all can ask for a write prefix.",
  });
}

/** Whether the policy answers such a request, if the files it matches are few enough. */
export function isCovered(
  policy: ApprovalPolicyRecord,
  approval: Pick<ApprovalRecord, "agentName" | "read" | "write">,
): boolean {
  if (approval.write !== undefined) return false;
  if (policy.agentName !== undefined && policy.agentName !== approval.agentName) return false;
  return isWithin(approval.read, policy.read);
}

/** @throws INVALID_PARAMS */
export function assertPolicy({ read, maxFiles, maxBytes }: NewPolicy): void {
  compileGlobs(read, "read");
  const violations: FieldViolation[] = [];
  if (read.length === 0) violations.push({ field: "read", description: "at least one glob" });
  if (!(Number.isInteger(maxFiles) && maxFiles >= 1 && maxFiles <= 1_000)) {
    violations.push({ field: "maxFiles", description: "a whole number from 1 to 1000" });
  }
  if (!(Number.isSafeInteger(maxBytes) && maxBytes >= 1)) {
    violations.push({ field: "maxBytes", description: "a positive whole number" });
  }
  if (violations.length > 0) throw invalidParams(violations);
}
