import type { Principal } from "@berth/protocol";
import type { OwnMembership } from "../auth/auth.ts";
import type { AddedUser } from "./users.ts";

export interface Organization {
  readonly orgId: string;
  readonly name: string;
  readonly createdAt: string;
}

/** Everything belongs to one organization; what is another's does not exist. */
export interface Organizations {
  /** Those the caller belongs to. */
  list(principal: Principal): Promise<readonly OwnMembership[]>;
  /**
   * For owners of the default organization. The owner of the new one is the caller, or who has this email.
   * @throws PERMISSION_DENIED, INVALID_PARAMS
   */
  create(
    principal: Principal,
    request: { readonly name: string; readonly owner?: string | undefined },
  ): Promise<{ readonly organization: Organization; readonly owner: AddedUser }>;
  /** The caller's current one. @throws ORGANIZATION_NOT_FOUND */
  rename(principal: Principal, orgId: string, name: string): Promise<Organization>;
}
