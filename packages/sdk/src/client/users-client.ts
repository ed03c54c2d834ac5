import type { OrgRole } from "@berth/protocol";
import type { CallOptions } from "./call-options.ts";
import type { HttpRequest } from "./http.ts";

export interface UserInfo {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: OrgRole;
  readonly createdAt: string;
  readonly disabledAt: string | null;
}

/** `code` signs the person in, once; absent for who has an account elsewhere. */
export interface AddedUserInfo extends UserInfo {
  readonly code?: string;
}

export interface OwnOrganization {
  readonly orgId: string;
  readonly name: string;
  /** For people. */
  readonly role?: OrgRole;
}

export interface CreatedOrganization {
  readonly orgId: string;
  readonly name: string;
  readonly createdAt: string;
  readonly owner: AddedUserInfo;
}

/** The people of the caller's organization. Needs `admin`; what is about owners, `owner`. */
export interface UsersClient {
  list(options?: CallOptions): Promise<readonly UserInfo[]>;
  add(
    user: { readonly email: string; readonly name?: string; readonly role: OrgRole },
    options?: CallOptions,
  ): Promise<AddedUserInfo>;
  setRole(userId: string, role: OrgRole, options?: CallOptions): Promise<UserInfo>;
  disable(userId: string, options?: CallOptions): Promise<UserInfo>;
  enable(userId: string, options?: CallOptions): Promise<UserInfo>;
  remove(userId: string, options?: CallOptions): Promise<void>;
  createCode(userId: string, options?: CallOptions): Promise<{ readonly code: string }>;
}

export interface OrganizationsClient {
  /** The caller's own. */
  list(options?: CallOptions): Promise<readonly OwnOrganization[]>;
  /** For owners of the default organization. `owner`: an email; default: the caller. */
  create(
    organization: { readonly name: string; readonly owner?: string },
    options?: CallOptions,
  ): Promise<CreatedOrganization>;
  rename(orgId: string, name: string, options?: CallOptions): Promise<Omit<CreatedOrganization, "owner">>;
}

type Send = <T>(request: HttpRequest, options?: CallOptions) => Promise<T>;

export function createUsersClient(send: Send): UsersClient {
  const at = (userId: string, verb?: string): string =>
    `v1/users/${encodeURIComponent(userId)}${verb === undefined ? "" : `/${verb}`}`;
  const post = async <T>(path: string, json: object, options: CallOptions | undefined): Promise<T> =>
    await send<T>({ method: "POST", path, json }, options);
  return {
    async list(options) {
      return (await send<{ readonly users: readonly UserInfo[] }>({ method: "GET", path: "v1/users" }, options)).users;
    },
    add: async (user, options) => await post("v1/users", user, options),
    setRole: async (userId, role, options) => await post(at(userId, "role"), { role }, options),
    disable: async (userId, options) => await post(at(userId, "disable"), {}, options),
    enable: async (userId, options) => await post(at(userId, "enable"), {}, options),
    createCode: async (userId, options) => await post(at(userId, "code"), {}, options),
    remove: async (userId, options) => await send({ method: "DELETE", path: at(userId) }, options),
  };
}

export function createOrganizationsClient(send: Send): OrganizationsClient {
  const path = "v1/organizations";
  return {
    async list(options) {
      const answer = await send<{ readonly organizations: readonly OwnOrganization[] }>(
        { method: "GET", path },
        options,
      );
      return answer.organizations;
    },
    create: async (organization, options) => await send({ method: "POST", path, json: organization }, options),
    rename: async (orgId, name, options) =>
      await send({ method: "POST", path: `${path}/${encodeURIComponent(orgId)}/name`, json: { name } }, options),
  };
}
