export const MODEL_PROVIDER_KINDS = ["openai", "anthropic", "gemini", "ollama"] as const;
export type ModelProviderKind = (typeof MODEL_PROVIDER_KINDS)[number];

/** A model as its provider calls it, and what it costs here. Absent prices: calls are counted, and cost nothing. */
export interface PricedModel {
  readonly name: string;
  /** Millionths of a US dollar for a million tokens. */
  readonly inputMicros?: number;
  readonly outputMicros?: number;
}

/** Who answers calls to models, and how it is reached. */
export interface ModelProvider {
  readonly orgId: string;
  readonly name: string;
  readonly kind: ModelProviderKind;
  readonly baseUrl: string;
  /** Of the organization; absent: no key is sent. */
  readonly secretName?: string;
  readonly models: readonly PricedModel[];
  /** Calls at once. */
  readonly concurrency: number;
  /** How long one request may take. */
  readonly timeoutSeconds: number;
  readonly updatedAt: string;
  readonly updatedBy: string;
}

/** A name for models, `provider/model` each; the next is tried when one cannot answer. */
export interface ModelAlias {
  readonly orgId: string;
  readonly name: string;
  readonly targets: readonly string[];
  readonly updatedAt: string;
  readonly updatedBy: string;
}

/** What an organization may have at most of each; a list holds them all. */
export const MAX_MODEL_ENTRIES = 200;

/** Both kinds have names of their own; lists are by name. */
export interface ModelStore {
  providers(orgId: string): Promise<readonly ModelProvider[]>;
  aliases(orgId: string): Promise<readonly ModelAlias[]>;
  /** In place of what has the name. */
  putProvider(provider: ModelProvider): Promise<void>;
  putAlias(alias: ModelAlias): Promise<void>;
  /** Whether there was one. */
  removeProvider(orgId: string, name: string): Promise<boolean>;
  removeAlias(orgId: string, name: string): Promise<boolean>;
}
