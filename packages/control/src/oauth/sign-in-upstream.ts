import { DEFAULT_ORG_ID, PlatformError } from "@berth/protocol";
import type { IdGenerator, OrgRole } from "@berth/protocol";
import type { Store, UserRecord } from "@berth/store";
import { audited } from "../audit/audited.ts";
import type { Auth, OpenedSession, SignInContext } from "../auth/auth.ts";
import { normalizeEmail, parseEmail } from "../auth/login.ts";
import type { UpstreamIdentity } from "./oauth.ts";

export interface UpstreamHouse {
  readonly store: Pick<Store, "identity" | "audit">;
  readonly auth: Pick<Auth, "principalOf" | "openSession">;
  readonly ids: IdGenerator;
  readonly now: () => Date;
}

/** @throws PERMISSION_DENIED for who is not known here, disabled or a member of nothing */
export async function signInUpstream(
  house: UpstreamHouse,
  identity: UpstreamIdentity,
  { autoRole, ...context }: SignInContext & { readonly autoRole?: OrgRole | undefined },
): Promise<OpenedSession> {
  const user = (await knownUser(house, identity)) ?? (await newUser(house, identity, autoRole));
  for (const { orgId, disabledAt } of user === undefined ? [] : await house.store.identity.memberships(user.userId)) {
    if (user === undefined || disabledAt !== undefined) continue;
    const principal = await house.auth.principalOf(user.userId, orgId);
    return await house.auth.openSession(principal, context);
  }
  throw new PlatformError("PERMISSION_DENIED", "Nobody here has this account.", {
    hint: "Ask an administrator to add you with the email of this account.",
  });
}

/** The identity is what counts; an email, once and only when the provider vouches for it, is how it is found first. */
async function knownUser({ store, now }: UpstreamHouse, identity: UpstreamIdentity): Promise<UserRecord | undefined> {
  const found = await store.identity.userByIdentity(nameOf(identity));
  if (found !== undefined || identity.email === undefined) return found;
  const user = await store.identity.userByEmail(normalizeEmail(identity.email));
  if (user === undefined) return undefined;
  // Another account of the same provider with the same email is another person: addresses are given away again.
  if (user.identities.some((each) => each.startsWith(`${identity.issuer}#`))) return undefined;
  const linked = { ...user, identities: [...user.identities, nameOf(identity)] };
  const entry = { orgId: DEFAULT_ORG_ID, at: now().toISOString(), actor: "system", resource: user.userId } as const;
  const detail = { issuer: identity.issuer };
  await audited(store.audit, { ...entry, outcome: "ok", action: "user.link", detail }, async () => {
    await store.identity.updateUser(linked);
  });
  return linked;
}

async function newUser(
  { store, ids, now }: UpstreamHouse,
  identity: UpstreamIdentity,
  role: OrgRole | undefined,
): Promise<UserRecord | undefined> {
  if (role === undefined || identity.email === undefined) return undefined;
  const email = parseEmail(identity.email);
  if ((await store.identity.userByEmail(email)) !== undefined) return undefined;
  const createdAt = now().toISOString();
  const name = printable(identity.name) ?? email;
  const user = { userId: ids("user"), email, name, identities: [nameOf(identity)], createdAt };
  const entry = {
    orgId: DEFAULT_ORG_ID,
    at: createdAt,
    actor: "system",
    resource: user.userId,
    outcome: "ok",
  } as const;
  const detail = { email, role, issuer: identity.issuer };
  await audited(store.audit, { ...entry, action: "user.add", detail }, async () => {
    await store.identity.insertUser(user);
    await store.identity.setMembership({ orgId: DEFAULT_ORG_ID, userId: user.userId, role, createdAt });
  });
  return user;
}

function nameOf({ issuer, subject }: UpstreamIdentity): string {
  return `${issuer}#${subject}`;
}

/** The provider's word, and people may choose it there. */
function printable(name: string | undefined): string | undefined {
  const text = name?.normalize("NFC").trim() ?? "";
  return /^[^\p{C}]{1,100}$/u.test(text) ? text : undefined;
}
