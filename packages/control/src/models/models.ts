import type { JsonObject, Principal } from "@berth/protocol";
import type { ModelAlias, ModelProvider, ModelProviderKind, PricedModel } from "@berth/store";

/** A provider as whoever sets it says. */
export interface ProviderContent {
  readonly kind: ModelProviderKind;
  /** Default: the kind's own. */
  readonly baseUrl?: string;
  /** A secret of the organization, by its name. */
  readonly secretName?: string;
  readonly models: readonly PricedModel[];
  /** Calls at once; default 16. */
  readonly concurrency?: number;
  /** How long one request may take; default 600. */
  readonly timeoutSeconds?: number;
}

export interface ModelSettings {
  readonly providers: readonly ModelProvider[];
  readonly aliases: readonly ModelAlias[];
}

/** One answer, for the platform's own use of models. */
export interface CompletionRequest {
  /** `provider/model` or an alias. */
  readonly model: string;
  /** As OpenAI's chat completions have them. */
  readonly messages: readonly JsonObject[];
  readonly responseFormat?: JsonObject;
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly signal?: AbortSignal;
}

export interface Completion {
  readonly text: string;
  /** `provider/model` that answered. */
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Absent: the model has no price. */
  readonly costMicros?: number;
  readonly finishReason?: string;
}

/** The models of an organization: who provides them, what they cost, and names for them. */
export interface Models {
  /** Needs `model.read`. No key is shown, only the secret's name. */
  settings(principal: Principal): Promise<ModelSettings>;
  /** In place of one of the same name; holds from the next call on. Needs `model.manage`. @throws INVALID_PARAMS, QUOTA_EXCEEDED */
  putProvider(principal: Principal, name: string, content: ProviderContent): Promise<ModelProvider>;
  /** Needs `model.manage`. @throws MODEL_NOT_FOUND */
  removeProvider(principal: Principal, name: string): Promise<void>;
  /** Needs `model.manage`. @throws INVALID_PARAMS, QUOTA_EXCEEDED */
  putAlias(principal: Principal, name: string, targets: readonly string[]): Promise<ModelAlias>;
  /** Needs `model.manage`. @throws MODEL_NOT_FOUND */
  removeAlias(principal: Principal, name: string): Promise<void>;
  /**
   * For the platform itself, such as a model that judges: charged to the organization's month and to no run.
   * @throws MODEL_NOT_FOUND, MODEL_FAILED, BUDGET_EXCEEDED, RATE_LIMITED, INVALID_PARAMS, TIMED_OUT, CANCELED
   */
  complete(orgId: string, request: CompletionRequest): Promise<Completion>;
}
