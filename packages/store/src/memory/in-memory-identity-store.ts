import { DEFAULT_ORG_ID, PlatformError } from "@berth/protocol";
import type {
  IdentityStore,
  IssuerRecord,
  MembershipRecord,
  OrganizationRecord,
  SessionRecord,
  UserRecord,
} from "../identity-store.ts";
import { toInstant } from "../instant.ts";
import {
  isActiveOwner,
  issuerAsKept,
  membershipAsKept,
  organizationAsKept,
  sessionAsKept,
  userAsKept,
} from "../kept-identities.ts";
import { requireStorableText } from "../storable-text.ts";
import { keyOf } from "../task-book.ts";
import type { InMemoryState } from "./in-memory-state.ts";

export class InMemoryIdentityStore implements IdentityStore {
  readonly #state: InMemoryState;
  readonly #organizations = new Map<string, OrganizationRecord>([
    [DEFAULT_ORG_ID, { orgId: DEFAULT_ORG_ID, name: "Default", createdAt: "1970-01-01T00:00:00.000Z" }],
  ]);
  readonly #users = new Map<string, UserRecord>();
  readonly #memberships = new Map<string, MembershipRecord>();
  /** By token hash. */
  readonly #sessions = new Map<string, SessionRecord>();
  readonly #issuers = new Map<string, IssuerRecord>();
  /** Until when they hold. */
  readonly #usedTokens = new Map<string, string>();

  constructor(state: InMemoryState) {
    this.#state = state;
  }

  async insertOrganization(organization: OrganizationRecord): Promise<void> {
    this.#state.assertOpen();
    const kept = organizationAsKept(organization);
    if (this.#organizations.has(kept.orgId)) throw conflict(`There is an organization ${kept.orgId} already.`);
    this.#organizations.set(kept.orgId, kept);
  }

  async renameOrganization(orgId: string, name: string): Promise<boolean> {
    this.#state.assertOpen();
    requireStorableText({ name });
    const known = this.#organizations.get(orgId);
    if (known === undefined) return false;
    this.#organizations.set(orgId, { ...known, name });
    return true;
  }

  async organization(orgId: string): Promise<OrganizationRecord | undefined> {
    this.#state.assertOpen();
    return this.#organizations.get(orgId);
  }

  async organizations(): Promise<readonly OrganizationRecord[]> {
    this.#state.assertOpen();
    return [...this.#organizations.values()].sort((a, b) =>
      keyOf(a.createdAt, a.orgId) < keyOf(b.createdAt, b.orgId) ? -1 : 1,
    );
  }

  async insertUser(user: UserRecord): Promise<void> {
    this.#state.assertOpen();
    const kept = userAsKept(user);
    if (this.#users.has(kept.userId)) throw conflict("There is a user of this id already.");
    this.#assertUnique(kept);
    this.#users.set(kept.userId, kept);
  }

  async updateUser(user: UserRecord): Promise<void> {
    this.#state.assertOpen();
    const kept = userAsKept(user);
    if (!this.#users.has(kept.userId)) throw new PlatformError("USER_NOT_FOUND", "There is no such user.");
    this.#assertUnique(kept);
    this.#users.set(kept.userId, kept);
  }

  #assertUnique({ userId, email, identities }: UserRecord): void {
    for (const other of this.#users.values()) {
      if (other.userId === userId) continue;
      const taken = other.email === email || other.identities.some((identity) => identities.includes(identity));
      if (taken) throw conflict("The email or an identity belongs to another user.");
    }
  }

  async removeUser(userId: string): Promise<boolean> {
    this.#state.assertOpen();
    const isMember = [...this.#memberships.values()].some((membership) => membership.userId === userId);
    return !isMember && this.#users.delete(userId);
  }

  async user(userId: string): Promise<UserRecord | undefined> {
    this.#state.assertOpen();
    return this.#users.get(userId);
  }

  async userByEmail(email: string): Promise<UserRecord | undefined> {
    this.#state.assertOpen();
    return [...this.#users.values()].find((user) => user.email === email);
  }

  async userByIdentity(identity: string): Promise<UserRecord | undefined> {
    this.#state.assertOpen();
    return [...this.#users.values()].find(({ identities }) => identities.includes(identity));
  }

  async setMembership(membership: MembershipRecord): Promise<void> {
    this.#state.assertOpen();
    const kept = membershipAsKept(membership);
    if (!isActiveOwner(kept)) this.#assertOtherOwner(kept.orgId, kept.userId);
    this.#memberships.set(keyOf(kept.orgId, kept.userId), kept);
  }

  async removeMembership(orgId: string, userId: string): Promise<boolean> {
    this.#state.assertOpen();
    this.#assertOtherOwner(orgId, userId);
    return this.#memberships.delete(keyOf(orgId, userId));
  }

  /** Fails when this user is the only owner. */
  #assertOtherOwner(orgId: string, userId: string): void {
    const owners = [...this.#memberships.values()].filter((each) => each.orgId === orgId && isActiveOwner(each));
    if (owners.length === 1 && owners[0]?.userId === userId) throw conflict("An organization keeps its last owner.");
  }

  async membership(orgId: string, userId: string): Promise<MembershipRecord | undefined> {
    this.#state.assertOpen();
    return this.#memberships.get(keyOf(orgId, userId));
  }

  async members(orgId: string): Promise<readonly (MembershipRecord & { readonly user: UserRecord })[]> {
    this.#state.assertOpen();
    return [...this.#memberships.values()]
      .filter((membership) => membership.orgId === orgId)
      .flatMap((membership) => {
        const user = this.#users.get(membership.userId);
        return user === undefined ? [] : [{ ...membership, user }];
      })
      .sort((a, b) => (a.user.email < b.user.email ? -1 : 1));
  }

  async memberships(userId: string): Promise<readonly MembershipRecord[]> {
    this.#state.assertOpen();
    return [...this.#memberships.values()]
      .filter((membership) => membership.userId === userId)
      .sort((a, b) => (keyOf(a.createdAt, a.orgId) < keyOf(b.createdAt, b.orgId) ? -1 : 1));
  }

  async insertSession(session: SessionRecord): Promise<void> {
    this.#state.assertOpen();
    const kept = sessionAsKept(session);
    const taken = this.#sessions.has(kept.tokenHash) || this.#byId(kept.sessionId) !== undefined;
    if (taken) throw conflict("There is a session of this id already.");
    this.#sessions.set(kept.tokenHash, kept);
  }

  async session(tokenHash: string): Promise<SessionRecord | undefined> {
    this.#state.assertOpen();
    return this.#sessions.get(tokenHash);
  }

  async touchSession(sessionId: string, at: string): Promise<void> {
    this.#state.assertOpen();
    const known = this.#byId(sessionId);
    const lastUsedAt = toInstant(at);
    if (known === undefined || known.lastUsedAt >= lastUsedAt) return;
    this.#sessions.set(known.tokenHash, { ...known, lastUsedAt });
  }

  async sessions(principalId: string): Promise<readonly SessionRecord[]> {
    this.#state.assertOpen();
    return [...this.#sessions.values()]
      .filter((session) => session.principalId === principalId)
      .sort((a, b) => (keyOf(a.createdAt, a.sessionId) > keyOf(b.createdAt, b.sessionId) ? -1 : 1));
  }

  async removeSession(sessionId: string): Promise<boolean> {
    this.#state.assertOpen();
    const known = this.#byId(sessionId);
    return known !== undefined && this.#sessions.delete(known.tokenHash);
  }

  async removeSessionsOf(principalId: string, orgId?: string): Promise<readonly string[]> {
    this.#state.assertOpen();
    const ended = [...this.#sessions.values()].filter(
      (session) => session.principalId === principalId && (orgId === undefined || session.orgId === orgId),
    );
    for (const { tokenHash } of ended) this.#sessions.delete(tokenHash);
    return ended.map(({ tokenHash }) => tokenHash);
  }

  async removeExpiredSessions(at: string): Promise<number> {
    this.#state.assertOpen();
    const now = toInstant(at);
    const expired = [...this.#sessions.values()].filter(({ expiresAt }) => expiresAt <= now);
    for (const { tokenHash } of expired) this.#sessions.delete(tokenHash);
    return expired.length;
  }

  #byId(sessionId: string): SessionRecord | undefined {
    return [...this.#sessions.values()].find((session) => session.sessionId === sessionId);
  }

  async useToken(tokenHash: string, expiresAt: string): Promise<boolean> {
    this.#state.assertOpen();
    requireStorableText({ tokenHash });
    if (this.#usedTokens.has(tokenHash)) return false;
    this.#usedTokens.set(tokenHash, toInstant(expiresAt));
    return true;
  }

  async forgetUsedTokens(at: string): Promise<number> {
    this.#state.assertOpen();
    const now = toInstant(at);
    const expired = [...this.#usedTokens].filter(([, expiresAt]) => expiresAt <= now);
    for (const [tokenHash] of expired) this.#usedTokens.delete(tokenHash);
    return expired.length;
  }

  async insertIssuer(issuer: IssuerRecord): Promise<void> {
    this.#state.assertOpen();
    const kept = issuerAsKept(issuer);
    if (this.#issuers.has(kept.issuerId)) throw conflict(`There is an issuer ${kept.issuerId} already.`);
    this.#issuers.set(kept.issuerId, kept);
  }

  async issuers(orgId?: string): Promise<readonly IssuerRecord[]> {
    this.#state.assertOpen();
    return [...this.#issuers.values()]
      .filter((issuer) => orgId === undefined || issuer.orgId === orgId)
      .sort((a, b) => (keyOf(a.createdAt, a.issuerId) < keyOf(b.createdAt, b.issuerId) ? -1 : 1));
  }

  async removeIssuer(orgId: string, issuerId: string): Promise<boolean> {
    this.#state.assertOpen();
    return this.#issuers.get(issuerId)?.orgId === orgId && this.#issuers.delete(issuerId);
  }
}

function conflict(message: string): PlatformError {
  return new PlatformError("STORE_CONFLICT", message);
}
