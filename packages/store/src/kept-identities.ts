import { toInstant } from "./instant.ts";
import type {
  IssuerRecord,
  MembershipRecord,
  OrganizationRecord,
  SessionRecord,
  UserRecord,
} from "./identity-store.ts";
import { requireStorableText } from "./storable-text.ts";

/** Identities as every driver keeps them: checked keys, one spelling of time, no tie to the caller's objects. */
export function organizationAsKept({ orgId, name, createdAt }: OrganizationRecord): OrganizationRecord {
  requireStorableText({ orgId, name });
  return { orgId, name, createdAt: toInstant(createdAt) };
}

export function userAsKept(user: UserRecord): UserRecord {
  const { userId, email, name, passwordHash, identities } = user;
  requireStorableText({ userId, email, name, passwordHash });
  for (const identity of identities) requireStorableText({ identities: identity });
  return {
    userId,
    email,
    name,
    ...(passwordHash === undefined ? {} : { passwordHash }),
    identities: [...identities],
    createdAt: toInstant(user.createdAt),
  };
}

export function membershipAsKept({ orgId, userId, role, createdAt, disabledAt }: MembershipRecord): MembershipRecord {
  requireStorableText({ orgId, userId });
  return {
    orgId,
    userId,
    role,
    createdAt: toInstant(createdAt),
    ...(disabledAt === undefined ? {} : { disabledAt: toInstant(disabledAt) }),
  };
}

export function sessionAsKept(session: SessionRecord): SessionRecord {
  const { purpose, sessionId, tokenHash, orgId, principalId, userAgent, app } = session;
  requireStorableText({ sessionId, tokenHash, orgId, principalId, userAgent, ...app });
  return {
    purpose,
    sessionId,
    tokenHash,
    orgId,
    principalId,
    createdAt: toInstant(session.createdAt),
    lastUsedAt: toInstant(session.lastUsedAt),
    expiresAt: toInstant(session.expiresAt),
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(app === undefined ? {} : { app: { ...app } }),
  };
}

export function issuerAsKept(issuer: IssuerRecord): IssuerRecord {
  const { orgId, issuerId, issuer: iss } = issuer;
  requireStorableText({ orgId, issuerId, issuer: iss });
  // Records are plain JSON data, so what is parsed has the type of what was written.
  return JSON.parse(JSON.stringify({ ...issuer, createdAt: toInstant(issuer.createdAt) })) as IssuerRecord;
}

/** An owner who can act. */
export function isActiveOwner({ role, disabledAt }: MembershipRecord): boolean {
  return role === "owner" && disabledAt === undefined;
}
