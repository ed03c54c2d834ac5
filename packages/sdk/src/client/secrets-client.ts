import type { CallOptions } from "./call-options.ts";
import type { HttpRequest } from "./http.ts";

/** There is no way to read a secret's value. */
export interface SecretInfo {
  readonly name: string;
  /** Null: of the organization. */
  readonly agent: string | null;
  /** It is sent to these hosts only. Null: to every upstream that names it. */
  readonly hosts: readonly string[] | null;
  readonly version: number;
  readonly updatedAt: string;
  readonly updatedBy: string;
}

export interface ListedSecretInfo extends SecretInfo {
  readonly usedBy: readonly string[];
}

export interface SecretContent {
  readonly value: string;
  readonly hosts?: readonly string[];
}

/** Values that agents use and never see. Needs `deploy`; to list them also `operate`. */
export interface SecretsClient {
  list(options?: CallOptions): Promise<readonly ListedSecretInfo[]>;
  /** `agent` absent: of the organization. */
  set(
    secret: { readonly name: string; readonly agent?: string },
    content: SecretContent,
    options?: CallOptions,
  ): Promise<SecretInfo>;
  remove(secret: { readonly name: string; readonly agent?: string }, options?: CallOptions): Promise<void>;
}

export function createSecretsClient(
  request: <T>(request: HttpRequest, options?: CallOptions) => Promise<T>,
): SecretsClient {
  const place = ({
    name,
    agent,
  }: {
    readonly name: string;
    readonly agent?: string;
  }): Pick<HttpRequest, "path" | "query"> => ({
    path: `v1/secrets/${encodeURIComponent(name)}`,
    ...(agent === undefined ? {} : { query: { agent } }),
  });
  return {
    async list(options) {
      const { secrets } = await request<{ readonly secrets: readonly ListedSecretInfo[] }>(
        { method: "GET", path: "v1/secrets" },
        options,
      );
      return secrets;
    },
    set: async (secret, content, options) => await request({ method: "PUT", ...place(secret), json: content }, options),
    remove: async (secret, options) => await request({ method: "DELETE", ...place(secret) }, options),
  };
}
