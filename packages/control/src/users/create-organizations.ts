import { DEFAULT_ORG_ID, PlatformError, ROLES, invalidParams } from "@berth/protocol";
import type { IdGenerator, Principal } from "@berth/protocol";
import type { Store } from "@berth/store";
import { audited } from "../audit/audited.ts";
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
  const noted = async (
    { orgId, id: actor }: Principal,
    action: string,
    resource: string,
    act: () => Promise<void>,
  ): Promise<void> => {
    const entry = { orgId, at: now().toISOString(), actor, action, resource, outcome: "ok" } as const;
    await audited(store.audit, entry, act);
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
      await noted(principal, "organization.create", organization.orgId, async () => {
        await store.identity.insertOrganization(organization);
      });
      // The caller owns the installation, so they may put anybody into an organization that nobody has yet.
      const there: Principal = { ...principal, kind: "system", orgId: organization.orgId, scopes: ROLES.owner };
      return { organization, owner: await users.add(there, { email, role: "owner" }) };
    },
    async rename(principal, orgId, newName): Promise<Organization> {
      authorize(principal, "organization.manage");
      const name = parseDisplayName("name", newName);
      const found = orgId === principal.orgId ? await store.identity.organization(orgId) : undefined;
      if (found === undefined) throw organizationNotFound();
      await noted(principal, "organization.rename", orgId, async () => {
        if (!(await store.identity.renameOrganization(orgId, name))) throw organizationNotFound();
      });
      return { ...found, name };
    },
  };
}

async function ownEmail(store: Pick<Store, "identity">, principal: Principal): Promise<string> {
  const user = principal.kind === "user" ? await store.identity.user(principal.id) : undefined;
  if (user !== undefined) return user.email;
  throw invalidParams([{ field: "owner", description: "must be the email of its first owner" }]);
}

function organizationNotFound(): PlatformError {
  return new PlatformError("ORGANIZATION_NOT_FOUND", "There is no organization of yours with this id.");
}
