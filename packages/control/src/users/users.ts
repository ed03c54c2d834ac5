import type { OrgRole, Principal } from "@berth/protocol";

export interface User {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly role: OrgRole;
  readonly createdAt: string;
  readonly disabledAt?: string;
}

export interface AddedUser {
  readonly user: User;
  /** Signs them in, once, within 72 hours; absent for who has an account in another organization already. */
  readonly code?: string;
}

/**
 * The people of the caller's organization. Who is an owner is for owners alone to decide, and one always stays. A
 * changed role, being disabled and being removed end the person's sessions here, and count at once.
 */
export interface Users {
  /** By email. */
  list(principal: Principal): Promise<readonly User[]>;
  /** @throws INVALID_PARAMS, STORE_CONFLICT for an email that is taken, PERMISSION_DENIED */
  add(
    principal: Principal,
    request: { readonly email: string; readonly name?: string | undefined; readonly role: OrgRole },
  ): Promise<AddedUser>;
  /** @throws USER_NOT_FOUND, PERMISSION_DENIED, STORE_CONFLICT for the last owner */
  setRole(principal: Principal, userId: string, role: OrgRole): Promise<User>;
  setDisabled(principal: Principal, userId: string, disabled: boolean): Promise<User>;
  remove(principal: Principal, userId: string): Promise<void>;
  /** A new sign-in code. @throws PERMISSION_DENIED for who is in other organizations too: it would open those */
  createCode(principal: Principal, userId: string): Promise<string>;
}
