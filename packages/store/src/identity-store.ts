import type { OrgRole } from "@berth/protocol";

export interface OrganizationRecord {
  readonly orgId: string;
  readonly name: string;
  readonly createdAt: string;
}

export interface UserRecord {
  readonly userId: string;
  /** Lower case; unique. */
  readonly email: string;
  readonly name: string;
  /** PHC string; absent: signs in elsewhere, or not at all. */
  readonly passwordHash?: string;
  /** `<issuer>#<subject>` of upstream logins. */
  readonly identities: readonly string[];
  readonly createdAt: string;
}

/** A person in an organization. Being disabled is about this one only: no organization can lock people out of others. */
export interface MembershipRecord {
  readonly orgId: string;
  readonly userId: string;
  readonly role: OrgRole;
  readonly createdAt: string;
  readonly disabledAt?: string;
}

/** A browser's sign-in, or the code that will open one. The token itself is not kept, only its hash. */
export interface SessionRecord {
  /** `sign_in`: a code, worth one session. `app`: a session at one agent's own origin. */
  readonly purpose: "session" | "sign_in" | "app";
  readonly sessionId: string;
  readonly tokenHash: string;
  readonly orgId: string;
  /** A user or an API key; what they may do is looked up at every use. */
  readonly principalId: string;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
  readonly userAgent?: string;
  /** Of `app`. */
  readonly app?: AppSessionPlace;
}

/** Where a session at an agent's origin holds, and what it lives by. */
export interface AppSessionPlace {
  readonly agent: string;
  /** The label of a release at its own address. */
  readonly release?: string;
  /** `tokenHash` of the session that it ends with. */
  readonly parentHash: string;
}

/** Who an identity of another issuer is here: `subject` is `*` or exact; `email` alternatively. */
export interface IssuerRecord {
  readonly orgId: string;
  readonly issuerId: string;
  /** `iss`, exact. */
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly jwksUri?: string;
  readonly algorithms: readonly string[];
  readonly bindings: readonly IssuerBinding[];
  /** Each token is taken once. */
  readonly singleUse?: boolean;
  readonly createdAt: string;
}

export interface IssuerBinding {
  readonly subject?: string;
  /** Only with `email_verified`. */
  readonly email?: string;
  readonly role: OrgRole;
  /** Set: only these agents. */
  readonly agents?: readonly string[];
}

/** Lists hold at most 10,000. An empty store has the organization DEFAULT_ORG_ID. */
export interface IdentityStore {
  /** @throws STORE_CONFLICT when there is one of this id. */
  insertOrganization(organization: OrganizationRecord): Promise<void>;
  /** False when there is none. */
  renameOrganization(orgId: string, name: string): Promise<boolean>;
  organization(orgId: string): Promise<OrganizationRecord | undefined>;
  /** Oldest first. */
  organizations(): Promise<readonly OrganizationRecord[]>;
  /** @throws STORE_CONFLICT when the email or an identity is taken. */
  insertUser(user: UserRecord): Promise<void>;
  /** @throws STORE_CONFLICT as above; USER_NOT_FOUND */
  updateUser(user: UserRecord): Promise<void>;
  /** False while they are a member anywhere, or when there is none. */
  removeUser(userId: string): Promise<boolean>;
  user(userId: string): Promise<UserRecord | undefined>;
  userByEmail(email: string): Promise<UserRecord | undefined>;
  userByIdentity(identity: string): Promise<UserRecord | undefined>;
  /**
   * Makes or replaces. In one transaction with the question whether the organization, when it has an owner who is not
   * disabled, still has one: of two owners who demote each other at once, one stays. @throws STORE_CONFLICT when not
   */
  setMembership(membership: MembershipRecord): Promise<void>;
  /** False when there is none. @throws STORE_CONFLICT for the last owner, as above. */
  removeMembership(orgId: string, userId: string): Promise<boolean>;
  membership(orgId: string, userId: string): Promise<MembershipRecord | undefined>;
  /** By email. */
  members(orgId: string): Promise<readonly (MembershipRecord & { readonly user: UserRecord })[]>;
  memberships(userId: string): Promise<readonly MembershipRecord[]>;
  insertSession(session: SessionRecord): Promise<void>;
  session(tokenHash: string): Promise<SessionRecord | undefined>;
  /** Last use, in whatever order uses are told. */
  touchSession(sessionId: string, at: string): Promise<void>;
  /** Codes too, newest first. */
  sessions(principalId: string): Promise<readonly SessionRecord[]>;
  /** True for exactly one of those who remove it. */
  removeSession(sessionId: string): Promise<boolean>;
  /** When a role changes or a user is disabled; codes too. Returns the token hashes that ended. */
  removeSessionsOf(principalId: string, orgId?: string): Promise<readonly string[]>;
  removeExpiredSessions(at: string): Promise<number>;
  /** True for exactly one of those who use it. It is forgotten some time after `expiresAt`. */
  useToken(tokenHash: string, expiresAt: string): Promise<boolean>;
  /** How many were forgotten. */
  forgetUsedTokens(at: string): Promise<number>;
  insertIssuer(issuer: IssuerRecord): Promise<void>;
  issuers(orgId?: string): Promise<readonly IssuerRecord[]>;
  removeIssuer(orgId: string, issuerId: string): Promise<boolean>;
}
