import type { CallOptions } from "./call-options.ts";
import type { HttpRequest } from "./http.ts";

export type ModelProviderKind = "openai" | "anthropic" | "gemini" | "ollama";

export interface NewModelProvider {
  readonly kind: ModelProviderKind;
  /** Default: the kind's own. */
  readonly baseUrl?: string;
  /** The name of a secret of the organization. */
  readonly secret?: string;
  /** Prices are US dollars for a million tokens, as decimal texts. */
  readonly models: readonly { readonly name: string; readonly inputPrice?: string; readonly outputPrice?: string }[];
  /** Calls at once. */
  readonly concurrency?: number;
  readonly timeoutSeconds?: number;
}

export interface ModelProviderInfo {
  readonly name: string;
  readonly kind: ModelProviderKind;
  readonly baseUrl: string;
  readonly secret: string | null;
  readonly models: readonly {
    readonly name: string;
    readonly inputPrice: string | null;
    readonly outputPrice: string | null;
  }[];
  readonly concurrency: number;
  readonly timeoutSeconds: number;
  readonly updatedAt: string;
  readonly updatedBy: string;
}

export interface ModelAliasInfo {
  readonly name: string;
  /** `provider/model` each; the next is tried when one cannot answer. */
  readonly models: readonly string[];
  readonly updatedAt: string;
  readonly updatedBy: string;
}

/** Who answers calls to models. To list them needs `deploy`, `operate` or `read`, the rest `admin`. */
export interface ModelsClient {
  list(options?: CallOptions): Promise<{
    readonly providers: readonly ModelProviderInfo[];
    readonly aliases: readonly ModelAliasInfo[];
  }>;
  putProvider(name: string, provider: NewModelProvider, options?: CallOptions): Promise<ModelProviderInfo>;
  removeProvider(name: string, options?: CallOptions): Promise<void>;
  putAlias(name: string, models: readonly string[], options?: CallOptions): Promise<ModelAliasInfo>;
  removeAlias(name: string, options?: CallOptions): Promise<void>;
}

export function createModelsClient(
  request: <T>(request: HttpRequest, options?: CallOptions) => Promise<T>,
): ModelsClient {
  const at = (kind: "providers" | "aliases", name: string): string => `v1/models/${kind}/${encodeURIComponent(name)}`;
  return {
    list: async (options) => await request({ method: "GET", path: "v1/models" }, options),
    putProvider: async (name, provider, options) =>
      await request({ method: "PUT", path: at("providers", name), json: provider }, options),
    removeProvider: async (name, options) => await request({ method: "DELETE", path: at("providers", name) }, options),
    putAlias: async (name, models, options) =>
      await request({ method: "PUT", path: at("aliases", name), json: { models } }, options),
    removeAlias: async (name, options) => await request({ method: "DELETE", path: at("aliases", name) }, options),
  };
}
