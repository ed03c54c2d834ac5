import type { OrgRole } from "@berth/protocol";
import type { CallOptions } from "./call-options.ts";
import type { HttpRequest } from "./http.ts";

export interface NewClientInfo {
  readonly name: string;
  /** Where answers may go, letter for letter. */
  readonly redirectUris?: readonly string[];
  readonly scopes?: readonly string[];
  readonly kind?: "public" | "confidential";
  /** What it may do without a person (client credentials). */
  readonly role?: OrgRole;
}

export interface ClientInfo extends Required<Omit<NewClientInfo, "role">> {
  readonly id: string;
  readonly role: OrgRole | null;
  readonly createdAt: string;
}

/** OAuth clients that administrators make. Needs `admin`. */
export interface ClientsClient {
  list(options?: CallOptions): Promise<readonly ClientInfo[]>;
  /** The secret is shown this once. */
  add(client: NewClientInfo, options?: CallOptions): Promise<ClientInfo & { readonly secret: string | null }>;
  remove(clientId: string, options?: CallOptions): Promise<void>;
}

export function createClientsClient(
  request: <T>(request: HttpRequest, options?: CallOptions) => Promise<T>,
): ClientsClient {
  return {
    async list(options) {
      const { clients } = await request<{ readonly clients: readonly ClientInfo[] }>(
        { method: "GET", path: "v1/clients" },
        options,
      );
      return clients;
    },
    add: async (client, options) => await request({ method: "POST", path: "v1/clients", json: client }, options),
    remove: async (clientId, options) =>
      await request({ method: "DELETE", path: `v1/clients/${encodeURIComponent(clientId)}` }, options),
  };
}
