import { DEFAULT_ORG_ID, PlatformError, hasScope } from "@berth/protocol";
import type { IdGenerator, JsonObject, OrgRole, Principal } from "@berth/protocol";
import type { MembershipRecord, Store, UserRecord } from "@berth/store";
import { audited } from "../audit/audited.ts";
import { authorize } from "../auth/authorize.ts";
import { parseDisplayName, parseEmail } from "../auth/login.ts";
import type { Member, Members } from "../auth/members.ts";
import type { Sessions } from "../auth/sessions.ts";
import type { AddedUser, User, Users } from "./users.ts";

const CODE_MS = 72 * 3_600_000;
const MAX_MEMBERS = 10_000;

export interface UsersOptions {
  readonly store: Pick<Store, "identity" | "audit">;
  readonly members: Members;
  readonly sessions: Sessions;
  readonly ids: IdGenerator;
  readonly now: () => Date;
}

export function createUsers(options: UsersOptions): Users {
  return new StoreUsers(options);
}

class StoreUsers implements Users {
  readonly #options: UsersOptions;

  constructor(options: UsersOptions) {
    this.#options = options;
  }

  async list(principal: Principal): Promise<readonly User[]> {
    authorize(principal, "user.read");
    const members = await this.#options.store.identity.members(principal.orgId);
    return members.map(({ user, ...membership }) => toUser({ membership, user }));
  }

  async add(
    principal: Principal,
    request: { readonly email: string; readonly name?: string | undefined; readonly role: OrgRole },
  ): Promise<AddedUser> {
    authorizeRoles(principal, [request.role]);
    const { store, ids, now, sessions } = this.#options;
    const { orgId } = principal;
    const email = parseEmail(request.email);
    const name = parseDisplayName("name", request.name ?? email);
    if ((await store.identity.members(orgId)).length >= MAX_MEMBERS) {
      throw new PlatformError("QUOTA_EXCEEDED", `An organization has at most ${MAX_MEMBERS} members.`);
    }
    const createdAt = now().toISOString();
    const known = await store.identity.userByEmail(email);
    if (known !== undefined) await this.#assertMayTakeOver(principal, known);
    const user = known ?? { userId: ids("user"), email, name, identities: [], createdAt };
    const membership: MembershipRecord = { orgId, userId: user.userId, role: request.role, createdAt };
    await this.#audited(principal, "user.add", membership, { email, role: request.role }, async () => {
      if (known === undefined) await store.identity.insertUser(user);
      await store.identity.setMembership(membership);
    });
    const added = toUser({ membership, user });
    if (known !== undefined) return { user: added };
    return { user: added, code: await sessions.createCode({ principalId: user.userId, orgId }, CODE_MS) };
  }

  async setRole(principal: Principal, userId: string, role: OrgRole): Promise<User> {
    const { membership, user } = await this.#find(principal, userId);
    authorizeRoles(principal, [membership.role, role]);
    const changed = { ...membership, role };
    await this.#change(principal, "user.set_role", changed, { from: membership.role, to: role });
    return toUser({ membership: changed, user });
  }

  async setDisabled(principal: Principal, userId: string, disabled: boolean): Promise<User> {
    const { membership, user } = await this.#find(principal, userId);
    authorizeRoles(principal, [membership.role]);
    const { disabledAt: _before, ...rest } = membership;
    const changed = disabled ? { ...rest, disabledAt: this.#options.now().toISOString() } : rest;
    await this.#change(principal, disabled ? "user.disable" : "user.enable", changed);
    return toUser({ membership: changed, user });
  }

  async remove(principal: Principal, userId: string): Promise<void> {
    const { membership } = await this.#find(principal, userId);
    authorizeRoles(principal, [membership.role]);
    const { store } = this.#options;
    const { orgId } = membership;
    await this.#audited(principal, "user.remove", membership, undefined, async () => {
      await store.identity.removeMembership(orgId, userId);
    });
    // Nobody is left whose account it is; the email can be added anew.
    await store.identity.removeUser(userId);
  }

  async createCode(principal: Principal, userId: string): Promise<string> {
    const { membership } = await this.#find(principal, userId);
    authorizeRoles(principal, [membership.role]);
    const { store, sessions, now } = this.#options;
    if ((await store.identity.memberships(userId)).length > 1) {
      throw new PlatformError(
        "PERMISSION_DENIED",
        "This person is in other organizations too; a code would open them.",
        {
          hint: "They sign in as they always do.",
        },
      );
    }
    const { orgId } = membership;
    const entry = { orgId, at: now().toISOString(), actor: principal.id, outcome: "ok" } as const;
    return await audited(
      store.audit,
      { ...entry, action: "user.create_code", resource: userId },
      async () => await sessions.createCode({ principalId: userId, orgId }, CODE_MS),
    );
  }

  /** @throws USER_NOT_FOUND for who is not of this organization, too */
  async #find(principal: Principal, userId: string): Promise<Member> {
    authorize(principal, "user.manage");
    const { identity } = this.#options.store;
    const membership = await identity.membership(principal.orgId, userId);
    const user = membership === undefined ? undefined : await identity.user(userId);
    if (membership !== undefined && user !== undefined) return { membership, user };
    throw new PlatformError("USER_NOT_FOUND", "There is no user with this id in your organization.");
  }

  /**
   * An email says whose account somebody wants, and an account of another organization may be in the hands of that
   * one's administrator. So only owners of the whole installation can let it into theirs.
   */
  async #assertMayTakeOver(principal: Principal, { userId }: UserRecord): Promise<void> {
    const { identity } = this.#options.store;
    if ((await identity.membership(principal.orgId, userId)) !== undefined) {
      throw new PlatformError("STORE_CONFLICT", "A user of this organization has this email already.");
    }
    if (await this.#ownsInstallation(principal)) return;
    throw new PlatformError("STORE_CONFLICT", "This email cannot be added here.", {
      hint: "An owner of the default organization can.",
    });
  }

  async #ownsInstallation(principal: Principal): Promise<boolean> {
    if (principal.kind === "system") return true;
    if (principal.orgId === DEFAULT_ORG_ID) return hasScope(principal, "owner");
    const member =
      principal.kind === "user" ? await this.#options.members.active(DEFAULT_ORG_ID, principal.id) : undefined;
    return member?.membership.role === "owner";
  }

  async #change(
    principal: Principal,
    action: string,
    membership: MembershipRecord,
    detail?: JsonObject,
  ): Promise<void> {
    await this.#audited(principal, action, membership, detail, async () => {
      await this.#options.store.identity.setMembership(membership);
    });
  }

  /** The act, and that nobody goes on with the rights of before. */
  async #audited(
    principal: Principal,
    action: string,
    { orgId, userId }: MembershipRecord,
    detail: JsonObject | undefined,
    act: () => Promise<void>,
  ): Promise<void> {
    const { store, members, sessions, now } = this.#options;
    const entry = { orgId, at: now().toISOString(), actor: principal.id, action, resource: userId } as const;
    await audited(store.audit, { ...entry, outcome: "ok", ...(detail === undefined ? {} : { detail }) }, async () => {
      await act();
      members.forget(orgId, userId);
      await sessions.endAll(userId, orgId);
    });
  }
}

/** Every role that is given or taken away. */
function authorizeRoles(principal: Principal, roles: readonly OrgRole[]): void {
  authorize(principal, "user.manage");
  if (roles.includes("owner")) authorize(principal, "owner.manage");
}

function toUser({ membership, user }: Member): User {
  const { userId, email, name } = user;
  const { role, createdAt, disabledAt } = membership;
  return { userId, email, name, role, createdAt, ...(disabledAt === undefined ? {} : { disabledAt }) };
}
