import { DEFAULT_ORG_ID, PlatformError, ROLES, invalidParams } from "@berth/protocol";
import type { IdGenerator, Principal } from "@berth/protocol";
import type { Store } from "@berth/store";
import type { Auth, OwnMembership } from "../auth/auth.ts";
import { authorize } from "../auth/authorize.ts";
import { parseDisplayName, parseEmail } from "../auth/login.ts";
import type { Organization, Organizations } from "./organizations.ts";
import type { Users } from "./users.ts";

export interface OrganizationsOptions {
  readonly store: Pick<Store, "identity" | "audit">;
  readonly auth: Pick<Auth, "memberships">;
  readonly users: Users;
  readonly ids: IdGenerator;
  readonly now: () => Date;
}

export function createOrganizations(options: OrganizationsOptions): Organizations {
  const { store, auth, users, ids, now } = options;
  const note = async (principal: Principal, action: string, resource: string): Promise<void> => {
    const { orgId, id: actor } = principal;
    await store.audit.append({ orgId, at: now().toISOString(), actor, action, resource, outcome: "ok" });
  };
  return {
    async list(principal): Promise<readonly OwnMembership[]> {
      return await auth.memberships(principal);
    },
    async create(principal, request) {
      authorize(principal, "organization.manage", { orgId: DEFAULT_ORG_ID });
      const name = parseDisplayName("name", request.name);
      const email = parseEmail(request.owner ?? (await ownEmail(store, principal)));
      const organization: Organization = { orgId: ids("organization"), name, createdAt: now().toISOString() };
      await store.identity.insertOrganization(organization);
      await note(principal, "organization.create", organization.orgId);
      // The caller owns the installation, so they may put anybody into an organization that nobody has yet.
      const there: Principal = { ...principal, kind: "system", orgId: organization.orgId, scopes: ROLES.owner };
      return { organization, owner: await users.add(there, { email, role: "owner" }) };
    },
    async rename(principal, orgId, newName): Promise<Organization> {
      authorize(principal, "organization.manage");
      const name = parseDisplayName("name", newName);
      const found = orgId === principal.orgId ? await store.identity.organization(orgId) : undefined;
      if (found === undefined || !(await store.identity.renameOrganization(orgId, name))) {
        throw new PlatformError("ORGANIZATION_NOT_FOUND", "There is no organization of yours with this id.");
      }
      await note(principal, "organization.rename", orgId);
      return { ...found, name };
    },
  };
}

async function ownEmail(store: Pick<Store, "identity">, principal: Principal): Promise<string> {
  const user = principal.kind === "user" ? await store.identity.user(principal.id) : undefined;
  if (user !== undefined) return user.email;
  throw invalidParams([{ field: "owner", description: "must be the email of its first owner" }]);
}
