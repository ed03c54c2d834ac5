import { DEFAULT_ORG_ID, PlatformError } from "@berth/protocol";
import type { IdGenerator, Principal } from "@berth/protocol";
import type { ApiKeyRecord, SessionRecord, Store, UserRecord } from "@berth/store";
import { ApiKeys, isKeyPrincipal } from "./api-keys.ts";
import type { Auth, CreatedKey, NewKey, OpenedSession, OwnMembership, SignInContext } from "./auth.ts";
import { assertPassword, normalizeEmail } from "./login.ts";
import { LoginThrottle } from "./login-throttle.ts";
import { Members, toUserPrincipal } from "./members.ts";
import { Passwords } from "./password.ts";
import { Sessions, sessionNotFound } from "./sessions.ts";
import type { Subject } from "./sessions.ts";

const SIGN_IN_MS = 15 * 60_000;

export interface AuthOptions {
  readonly store: Store;
  readonly pepper: Uint8Array;
  readonly ids: IdGenerator;
  readonly now: () => Date;
  readonly randomBytes: (length: number) => Uint8Array;
  /** Shared with who changes them, so that their changes are seen at once. */
  readonly members?: Members;
  readonly sessions?: Sessions;
}

export function createAuth(options: AuthOptions): Auth {
  return new StoreAuth(options);
}

type Actor = Pick<Principal, "orgId" | "id">;

class StoreAuth implements Auth {
  readonly #store: Store;
  readonly #now: () => Date;
  readonly #members: Members;
  readonly #keys: ApiKeys;
  readonly #sessions: Sessions;
  readonly #passwords: Passwords;
  readonly #throttle: LoginThrottle;

  constructor(options: AuthOptions) {
    this.#store = options.store;
    this.#now = options.now;
    this.#members = options.members ?? new Members(options);
    this.#sessions = options.sessions ?? new Sessions(options);
    this.#keys = new ApiKeys({ ...options, members: this.#members });
    this.#passwords = new Passwords(options.randomBytes);
    this.#throttle = new LoginThrottle(() => options.now().getTime());
  }

  async authenticate(
    credential: string,
    { remoteAddress }: { readonly remoteAddress?: string | undefined } = {},
  ): Promise<Principal> {
    const session = await this.#sessions.find(credential);
    const principal =
      session === undefined
        ? await this.#keys.authenticate(credential, remoteAddress)
        : await this.#ofSubject(session, { remoteAddress });
    if (principal === undefined) throw unauthenticated();
    return principal;
  }

  async principalOf(
    principalId: string,
    orgId: string = DEFAULT_ORG_ID,
    from?: { readonly remoteAddress: string | undefined },
  ): Promise<Principal> {
    const principal = isKeyPrincipal(principalId)
      ? await this.#keys.principalOf(principalId, from)
      : await this.#user(principalId, orgId);
    if (principal === undefined) throw unauthenticated();
    return principal;
  }

  anonymous(options?: { readonly local: boolean }): Principal {
    const id = options?.local === true ? "anonymous-local" : "anonymous";
    return { kind: "anonymous", id, orgId: DEFAULT_ORG_ID, scopes: [] };
  }

  async createKey(principal: Principal, request: NewKey): Promise<CreatedKey> {
    return await this.#keys.create(principal, request);
  }

  async listKeys(principal: Principal): Promise<readonly ApiKeyRecord[]> {
    return await this.#keys.list(principal);
  }

  async revokeKey(principal: Principal, keyId: string): Promise<void> {
    await this.#keys.revoke(principal, keyId);
  }

  async createSignIn(principal: Principal): Promise<string> {
    return await this.#sessions.createCode(toSubject(principal), SIGN_IN_MS);
  }

  async redeemSignIn(
    code: string,
    context: SignInContext & { readonly password?: string | undefined } = {},
  ): Promise<OpenedSession> {
    const { password } = context;
    if (password !== undefined) assertPassword(password);
    const subject = await this.#sessions.redeem(code);
    const principal = subject === undefined ? undefined : await this.#ofSubject(subject, context);
    if (principal === undefined) throw codeIsNone();
    if (principal.kind === "user") {
      // Whoever made the code is in this organization only: it must not lead into the person's others.
      const elsewhere = (await this.#store.identity.memberships(principal.id)).length !== 1;
      const user = elsewhere ? undefined : await this.#store.identity.user(principal.id);
      if (user === undefined) throw codeIsNone();
      if (password !== undefined) {
        await this.#audit(principal, "user.set_password", "ok", user.userId);
        await this.#keepPassword(user, password);
      }
    }
    return await this.openSession(principal, context);
  }

  async signIn(
    login: { readonly email: string; readonly password: string },
    context: SignInContext = {},
  ): Promise<OpenedSession> {
    const email = normalizeEmail(login.email);
    this.#throttle.attempt(email, context.remoteAddress);
    const user = await this.#store.identity.userByEmail(email);
    const right = await this.#passwords.verify(login.password, user?.passwordHash);
    const [first] = right && user !== undefined ? await this.#activeMemberships(user.userId) : [];
    if (first === undefined) {
      // Not waited for: what takes longer for emails that exist tells which do.
      if (user !== undefined) void this.#noteDenied(user).catch(() => undefined);
      throw new PlatformError("UNAUTHENTICATED", "Email or password is wrong.");
    }
    this.#throttle.succeeded(email);
    return await this.openSession(first, context);
  }

  async openSession(principal: Principal, { userAgent, previous }: SignInContext = {}): Promise<OpenedSession> {
    const subject = toSubject(principal);
    await this.#audit(principal, "session.sign_in", "ok");
    const session = await this.#sessions.open(subject, userAgent);
    if (previous !== undefined) await this.endSession(previous);
    return { session, principal };
  }

  async switchOrganization(session: string, orgId: string, context: SignInContext = {}): Promise<OpenedSession> {
    const current = await this.#sessions.find(session);
    if (current === undefined) throw unauthenticated();
    const principal = isKeyPrincipal(current.principalId) ? undefined : await this.#user(current.principalId, orgId);
    if (principal === undefined) {
      throw new PlatformError("ORGANIZATION_NOT_FOUND", "There is no organization of yours with this id.");
    }
    return await this.openSession(principal, { ...context, previous: session });
  }

  async endSession(session: string): Promise<void> {
    const found = await this.#sessions.find(session);
    if (found !== undefined) await this.#sessions.end(found);
  }

  async listSessions(principal: Principal): Promise<readonly SessionRecord[]> {
    return await this.#sessions.list({ principalId: principal.id });
  }

  async endSessionById(principal: Principal, sessionId: string): Promise<void> {
    assertInPerson(principal);
    const own = (await this.listSessions(principal)).find((session) => session.sessionId === sessionId);
    if (own === undefined) throw sessionNotFound();
    await this.#audit(principal, "session.end", "ok", sessionId);
    if (!(await this.#sessions.end(own))) throw sessionNotFound();
  }

  async setPassword(
    principal: Principal,
    { current, password }: { readonly current?: string | undefined; readonly password: string },
    context: SignInContext = {},
  ): Promise<OpenedSession> {
    assertInPerson(principal);
    const user = principal.kind === "user" ? await this.#store.identity.user(principal.id) : undefined;
    if (user === undefined) throw new PlatformError("PERMISSION_DENIED", "Only people have passwords.");
    assertPassword(password);
    if (user.passwordHash !== undefined) {
      this.#throttle.attempt(user.email, context.remoteAddress);
      const right = await this.#passwords.verify(current ?? "", user.passwordHash);
      if (!right) throw new PlatformError("PERMISSION_DENIED", "The current password is wrong.");
    }
    await this.#audit(principal, "user.set_password", "ok", user.userId);
    await this.#keepPassword(user, password);
    return await this.openSession(principal, context);
  }

  async memberships(principal: Principal): Promise<readonly OwnMembership[]> {
    const { identity } = this.#store;
    const mine =
      principal.kind === "user"
        ? (await identity.memberships(principal.id)).filter(({ disabledAt }) => disabledAt === undefined)
        : [{ orgId: principal.orgId }];
    return await Promise.all(
      mine.map(async ({ orgId, ...rest }) => {
        const name = (await identity.organization(orgId))?.name ?? orgId;
        return { orgId, name, ...("role" in rest ? { role: rest.role } : {}) };
      }),
    );
  }

  async #ofSubject(
    { principalId, orgId }: Subject,
    { remoteAddress }: { readonly remoteAddress?: string | undefined },
  ): Promise<Principal | undefined> {
    if (!isKeyPrincipal(principalId)) return await this.#user(principalId, orgId);
    const key = await this.#keys.principalOf(principalId, { remoteAddress });
    return key === undefined ? undefined : { ...key, authn: { scheme: "session" } };
  }

  async #user(userId: string, orgId: string): Promise<Principal | undefined> {
    const member = await this.#members.active(orgId, userId);
    return member === undefined ? undefined : toUserPrincipal(member);
  }

  async #activeMemberships(userId: string): Promise<readonly Principal[]> {
    const memberships = await this.#store.identity.memberships(userId);
    const found = await Promise.all(memberships.map(async ({ orgId }) => await this.#user(userId, orgId)));
    return found.filter((principal) => principal !== undefined);
  }

  /** Whoever knew the old one is signed out. */
  async #keepPassword(user: UserRecord, password: string): Promise<void> {
    await this.#store.identity.updateUser({ ...user, passwordHash: await this.#passwords.hash(password) });
    await this.#sessions.endAll(user.userId);
  }

  async #noteDenied({ userId: id }: UserRecord): Promise<void> {
    const [membership] = await this.#store.identity.memberships(id);
    if (membership !== undefined) await this.#audit({ ...membership, id }, "session.sign_in", "denied");
  }

  async #audit({ orgId, id }: Actor, action: string, outcome: "ok" | "denied", resource = id): Promise<void> {
    await this.#store.audit.append({ orgId, at: this.#now().toISOString(), actor: id, action, resource, outcome });
  }
}

/**
 * A session may do all that the person may; a program that was allowed less must not get itself one, nor a password.
 * @throws PERMISSION_DENIED
 */
function assertInPerson({ authn }: Principal): void {
  if (authn?.clientId === undefined) return;
  throw new PlatformError("PERMISSION_DENIED", "A program cannot do this with an OAuth token.", {
    hint: "Do it yourself, signed in to the console or with an API key.",
  });
}

/** @throws PERMISSION_DENIED */
function toSubject(principal: Principal): Subject {
  assertInPerson(principal);
  const { kind, id, orgId } = principal;
  if (kind === "user" || kind === "api_key") return { principalId: id, orgId };
  throw new PlatformError("PERMISSION_DENIED", "Only people and API keys have sessions.");
}

function unauthenticated(): PlatformError {
  return new PlatformError("UNAUTHENTICATED", "The credential is not valid.", {
    hint: "Send a current API key as `Authorization: Bearer berth_sk_…`.",
  });
}

function codeIsNone(): PlatformError {
  return new PlatformError("UNAUTHENTICATED", "This sign-in code was used, has expired or never was.", {
    hint: "Ask for a new one: restart the platform, or `a2a users code EMAIL`. An API key signs in too.",
  });
}
