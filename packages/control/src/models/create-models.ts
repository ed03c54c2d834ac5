import { PlatformError } from "@berth/protocol";
import type { IdGenerator, JsonObject, ModelEvent, Principal, TaskEventBody } from "@berth/protocol";
import type { AgentModels, OutboundHttp, SecretSource } from "@berth/runtime";
import { MAX_MODEL_ENTRIES } from "@berth/store";
import type { ModelAlias, ModelProvider, Store } from "@berth/store";
import { audited } from "../audit/audited.ts";
import { authorize } from "../auth/authorize.ts";
import type { Grants } from "../grants/grants.ts";
import type { BudgetMeter } from "../limits/budget-meter.ts";
import type { RunRegistry } from "../services/run-registry.ts";
import { createAgentModels } from "./agent-models.ts";
import { isObject, listOf, textOf } from "./json.ts";
import { ModelBook } from "./model-book.ts";
import { ModelCalls } from "./model-calls.ts";
import { assertAlias, assertProvider } from "./model-rules.ts";
import type { Completion, CompletionRequest, ModelSettings, Models, ProviderContent } from "./models.ts";
import { PROVIDER_ADAPTERS } from "./provider-adapters.ts";
import { ProviderClient } from "./provider-client.ts";

export interface ModelsOptions {
  readonly store: Pick<Store, "models" | "agents" | "audit">;
  readonly outbound: Pick<OutboundHttp, "stream">;
  readonly secrets: SecretSource;
  readonly meter: BudgetMeter;
  readonly ids: IdGenerator;
  readonly now: () => Date;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly log?: (line: string) => void;
}

export interface RunningModels extends Models {
  /** What agents are given, once there are runs. */
  forAgents(parts: {
    readonly grants: Pick<Grants, "verify">;
    readonly runs: RunRegistry;
    readonly record: (orgId: string, taskId: string, bodies: readonly TaskEventBody[]) => Promise<unknown>;
  }): AgentModels;
}

const DEFAULT_CONCURRENCY = 16;
const DEFAULT_TIMEOUT_SECONDS = 600;
const COMPLETION_TIMEOUT_MS = 10 * 60_000;

export function createModels(options: ModelsOptions): RunningModels {
  return new StoredModels(options);
}

class StoredModels implements RunningModels {
  readonly #options: ModelsOptions;
  readonly #book: ModelBook;
  readonly #calls: ModelCalls;

  constructor(options: ModelsOptions) {
    this.#options = options;
    this.#book = new ModelBook(options.store.models, options.now);
    this.#calls = new ModelCalls({ ...options, book: this.#book, client: new ProviderClient(options) });
  }

  async settings(principal: Principal): Promise<ModelSettings> {
    authorize(principal, "model.read");
    const { models } = this.#options.store;
    const { orgId } = principal;
    const [providers, aliases] = await Promise.all([models.providers(orgId), models.aliases(orgId)]);
    return { providers, aliases };
  }

  async putProvider(principal: Principal, name: string, content: ProviderContent): Promise<ModelProvider> {
    authorize(principal, "model.manage");
    const { store } = this.#options;
    // A kind from outside may be none of these: the rules say so.
    const adapter = Object.hasOwn(PROVIDER_ADAPTERS, content.kind) ? PROVIDER_ADAPTERS[content.kind] : undefined;
    const baseUrl = content.baseUrl ?? adapter?.defaultBaseUrl ?? "";
    assertProvider(name, { ...content, baseUrl });
    this.#assertRoom(await store.models.providers(principal.orgId), name);
    const provider: ModelProvider = {
      concurrency: DEFAULT_CONCURRENCY,
      timeoutSeconds: DEFAULT_TIMEOUT_SECONDS,
      ...content,
      baseUrl,
      ...this.#by(principal, name),
    };
    const detail = { kind: provider.kind, baseUrl, secret: content.secretName ?? null };
    await this.#audited(principal, { action: "model_provider.put", resource: name, detail }, async () => {
      await store.models.putProvider(provider);
    });
    return provider;
  }

  async removeProvider(principal: Principal, name: string): Promise<void> {
    authorize(principal, "model.manage");
    const { models } = this.#options.store;
    if (!(await models.providers(principal.orgId)).some((provider) => provider.name === name)) throw notFound();
    await this.#audited(principal, { action: "model_provider.remove", resource: name }, async () => {
      await models.removeProvider(principal.orgId, name);
    });
  }

  async putAlias(principal: Principal, name: string, targets: readonly string[]): Promise<ModelAlias> {
    authorize(principal, "model.manage");
    const { models } = this.#options.store;
    assertAlias(name, targets);
    this.#assertRoom(await models.aliases(principal.orgId), name);
    const alias: ModelAlias = { targets, ...this.#by(principal, name) };
    const detail = { models: [...targets] };
    await this.#audited(principal, { action: "model_alias.put", resource: name, detail }, async () => {
      await models.putAlias(alias);
    });
    return alias;
  }

  async removeAlias(principal: Principal, name: string): Promise<void> {
    authorize(principal, "model.manage");
    const { models } = this.#options.store;
    if (!(await models.aliases(principal.orgId)).some((alias) => alias.name === name)) throw notFound();
    await this.#audited(principal, { action: "model_alias.remove", resource: name }, async () => {
      await models.removeAlias(principal.orgId, name);
    });
  }

  async complete(orgId: string, request: CompletionRequest): Promise<Completion> {
    const { model, messages, responseFormat, maxTokens, temperature } = request;
    const late = AbortSignal.timeout(COMPLETION_TIMEOUT_MS);
    const raw: JsonObject = {
      model,
      messages: [...messages],
      ...(responseFormat === undefined ? {} : { response_format: responseFormat }),
      ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
      ...(temperature === undefined ? {} : { temperature }),
    };
    const made = await this.#calls.chat(
      {
        spender: { orgId },
        allow: undefined,
        record: false,
        note: async () => {},
        signal: request.signal === undefined ? late : AbortSignal.any([late, request.signal]),
      },
      raw,
    );
    // Nothing that was asked for here is streamed.
    if ("chunks" in made) throw new Error("a whole answer was asked for");
    return toCompletion(made.answer.json, made.event);
  }

  forAgents(parts: Parameters<RunningModels["forAgents"]>[0]): AgentModels {
    const { store, log } = this.#options;
    return createAgentModels({
      ...parts,
      calls: this.#calls,
      book: this.#book,
      agents: store.agents,
      ...(log === undefined ? {} : { log }),
    });
  }

  #by({ orgId, id }: Principal, name: string): Pick<ModelAlias, "orgId" | "name" | "updatedAt" | "updatedBy"> {
    return { orgId, name, updatedAt: this.#options.now().toISOString(), updatedBy: id };
  }

  #assertRoom(known: readonly { readonly name: string }[], name: string): void {
    if (known.length < MAX_MODEL_ENTRIES || known.some((entry) => entry.name === name)) return;
    throw new PlatformError("QUOTA_EXCEEDED", `The organization has ${MAX_MODEL_ENTRIES} of these, which is the most.`);
  }

  async #audited(
    { orgId, id }: Principal,
    what: { readonly action: string; readonly resource: string; readonly detail?: JsonObject },
    act: () => Promise<void>,
  ): Promise<void> {
    const { store, now } = this.#options;
    const entry = { orgId, at: now().toISOString(), actor: id, outcome: "ok", ...what } as const;
    try {
      await audited(store.audit, entry, act);
    } finally {
      this.#book.forget(orgId);
    }
  }
}

function notFound(): PlatformError {
  return new PlatformError("MODEL_NOT_FOUND", "There is nothing of this name among the models.");
}

function toCompletion(json: JsonObject, event: ModelEvent): Completion {
  const [choice] = listOf(json["choices"]);
  const message = isObject(choice) ? choice["message"] : undefined;
  const { model, inputTokens, outputTokens, costMicros, finishReason } = event;
  return {
    text: (isObject(message) ? textOf(message["content"]) : undefined) ?? "",
    model,
    inputTokens,
    outputTokens,
    ...(costMicros === undefined ? {} : { costMicros }),
    ...(finishReason === undefined ? {} : { finishReason }),
  };
}
