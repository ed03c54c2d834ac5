import type { Principal } from "@berth/protocol";
import type { ServicesPeer } from "@berth/runtime";
import type { GrantRecord, GrantScope } from "@berth/store";
import type { Caveat } from "./caveat.ts";

export interface NewGrant {
  readonly orgId: string;
  readonly runId: string;
  readonly agentId: string;
  readonly scope: GrantScope;
  /** RFC 3339; no grant outlives it. */
  readonly runDeadline: string;
}

export interface IssuedGrant {
  readonly record: GrantRecord;
  /** `acg1_…`. */
  readonly token: string;
  /** By `current`: this call made it. */
  readonly renewed?: true;
}

/** The record of a token that holds, and what the token says: it may say less than the record. */
export interface HeldGrant extends GrantRecord {
  readonly caveats: readonly Caveat[];
}

export type GrantHolder = Pick<ServicesPeer, "orgId" | "agentId">;

/** A list is about a prefix (empty, or with `/` at its end) or about one entry. */
export type GrantOperation =
  | { readonly op: "list"; readonly path: string; readonly bytes?: number }
  | { readonly op: "read"; readonly path: string; readonly bytes?: number }
  | { readonly op: "write" | "delete"; readonly path: string; readonly bytes?: number };

export interface GrantChange {
  readonly scope: GrantScope;
  readonly approvalId: string;
  /** The scope that the next renewal goes back to; absent: it keeps the new one. */
  readonly renewAs?: GrantScope;
}

/**
 * What runs may do (research/security.md §2). A token says it and cannot be widened; the record decides whether it still
 * holds. Verify order: size, strict decoding, key id, MAC, caveats, holder, record, path.
 *
 * A token is bound to its holder without a signature on each request (RFC 9421): it never leaves the platform and the
 * agent's own services socket, which the platform made and which says whose hands these are. In other hands it is refused.
 *
 * Checks come before operations. One that has begun when its grant is revoked or replaced ends as it would have; the
 * next one needs the new grant. A holder refused with GRANT_EXPIRED or GRANT_REVOKED asks for `current`, once.
 */
export interface Grants {
  /**
   * The first of a run. Written when it is first shown; until then only this process knows it.
   * @throws INVALID_PARAMS, PATH_INVALID for a scope that no grant can have; GRANT_EXPIRED when the run's time is over
   */
  mint(grant: NewGrant): Promise<IssuedGrant>;
  /** Whose run it is, when the token holds in these hands. @throws GRANT_REQUIRED, GRANT_INVALID, GRANT_EXPIRED, GRANT_REVOKED */
  verify(token: string, peer: GrantHolder): Promise<HeldGrant>;
  /** Whose run it is or was: as `verify`, but it may have expired or been revoked. Says nothing of what may be done. */
  identify(token: string, peer: GrantHolder): Promise<HeldGrant>;
  /**
   * `verify`, and that it allows this. A write under a limit counts from here on, whatever becomes of it.
   * @throws as `verify`; PATH_INVALID; GRANT_EXCEEDED
   */
  check(token: string, peer: GrantHolder, operation: GrantOperation): Promise<HeldGrant>;
  /** Whether a grant that was verified allows this; counts nothing. For each entry of a list. False for what is no path. */
  allows(grant: GrantRecord | HeldGrant, operation: GrantOperation): boolean;
  /**
   * The newest grant in the line of the token's: the same while it is good for long enough, else a renewed one, which
   * replaces it. An expired token of a living run may be renewed; one that its holder has narrowed may not.
   * @throws GRANT_INVALID, GRANT_REVOKED; GRANT_EXPIRED when the run's time is over
   */
  current(token: string, peer: GrantHolder): Promise<IssuedGrant>;
  /**
   * The run goes on with another turn: a renewed grant in place of the newest in the line, good until the later deadline,
   * but no longer than the one that it was cut from. What was revoked stays so. @throws GRANT_REVOKED, GRANT_EXPIRED
   */
  extend(grant: GrantRecord, runDeadline: string): Promise<IssuedGrant>;
  /**
   * A new grant in place of the newest in the line of the prior one, with more rights, by an approval. The one before is
   * revoked in the same transaction. `change` as a function is asked for the newest as it is then, perhaps more than once.
   * @throws GRANT_REVOKED, GRANT_EXPIRED; INVALID_PARAMS, PATH_INVALID
   */
  rotate(prior: GrantRecord, change: GrantChange | ((newest: GrantRecord) => GrantChange)): Promise<IssuedGrant>;
  /** Whether a token can say this scope in this one's place. @throws INVALID_PARAMS, PATH_INVALID */
  assertIssuable(grant: GrantRecord, scope: GrantScope): void;
  /**
   * A narrower one for another run; it ends when this one ends. Limits that it does not name are the parent's; bytes and
   * files are counted for each run by itself. @throws GRANT_EXCEEDED for anything that is not within the parent;
   * GRANT_REVOKED, GRANT_EXPIRED for a parent that no longer holds
   */
  attenuate(parent: GrantRecord | HeldGrant, grant: NewGrant): Promise<IssuedGrant>;
  /** Within a second everywhere; its whole line, with everything cut from it. @throws GRANT_NOT_FOUND, PERMISSION_DENIED */
  revoke(principal: Principal, grantId: string): Promise<void>;
  /** At the end of the run. */
  endRun(orgId: string, runId: string): Promise<void>;
  /** `valid`: neither revoked nor expired, or the others. Of a run oldest first, else newest first; at most 1,000. */
  list(
    principal: Principal,
    filter: { readonly runId?: string; readonly valid?: boolean },
  ): Promise<readonly GrantRecord[]>;
}
