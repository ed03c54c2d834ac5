import { setTimeout as pauseFor } from "node:timers/promises";
import { PlatformError, allowsModel, isPlatformError } from "@berth/protocol";
import type { IdGenerator, JsonObject, ModelEvent, Reason } from "@berth/protocol";
import type { BudgetMeter } from "../limits/budget-meter.ts";
import { parseChatRequest } from "./chat-request.ts";
import type { ChatRequest } from "./chat-request.ts";
import { parseEmbedRequest } from "./embed-request.ts";
import { estimateChat, estimateEmbedding, tokensOf } from "./estimate.ts";
import type { Candidate, ModelBook } from "./model-book.ts";
import { OpenCall, digestOf } from "./model-call.ts";
import type { CallEnd, ModelCaller } from "./model-call.ts";
import { followStream } from "./follow-stream.ts";
import { PROVIDER_ADAPTERS } from "./provider-adapters.ts";
import type { ProviderClient, ProviderKey } from "./provider-client.ts";
import { ProviderSlots } from "./provider-slots.ts";
import type { AnswerNames, ProviderRequest, ReadAnswer, TokenCount } from "./providers/provider-adapter.ts";
import { NobodyAnswered, tryCandidates } from "./try-candidates.ts";
import type { Tried } from "./try-candidates.ts";

export interface ModelCallsOptions {
  readonly book: ModelBook;
  readonly client: ProviderClient;
  readonly meter: BudgetMeter;
  readonly ids: IdGenerator;
  readonly now: () => Date;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** Nothing was asked of a provider. */
const NOTHING = { usage: { inputTokens: 0, outputTokens: 0 }, estimated: false, attempts: 0 } as const;

interface Whole {
  readonly answer: ReadAnswer;
  readonly event: ModelEvent;
}

/** What may be asked, of whom, and that it is written down: one way for every call to a model. */
export class ModelCalls {
  readonly #options: ModelCallsOptions;
  readonly #slots = new ProviderSlots();

  constructor(options: ModelCallsOptions) {
    this.#options = options;
  }

  /** @throws what AgentModels.chat throws */
  async chat(caller: ModelCaller, raw: JsonObject): Promise<{ readonly chunks: AsyncIterable<JsonObject> } | Whole> {
    const request = parseChatRequest(raw);
    const most = estimateChat(request);
    const { call, candidates } = await this.#begin(caller, { op: "chat", name: request.model, request: raw, most });
    if (request.stream) return { chunks: await this.#stream(call, candidates, request, most) };
    return await this.#whole(call, candidates, most, (candidate, key, names) => {
      const adapter = PROVIDER_ADAPTERS[candidate.provider.kind];
      const asked = adapter.chat(candidate.model.name, request, key.value);
      return { asked, read: (json) => adapter.readChat(json, names) };
    });
  }

  /** @throws what AgentModels.embed throws */
  async embed(caller: ModelCaller, raw: JsonObject): Promise<Whole> {
    const request = parseEmbedRequest(raw);
    const most = estimateEmbedding(request);
    const { call, candidates } = await this.#begin(caller, { op: "embed", name: request.model, request: raw, most });
    return await this.#whole(call, candidates, most, ({ provider, model }, key, names) => {
      const { embeddings } = PROVIDER_ADAPTERS[provider.kind];
      if (embeddings === undefined) {
        throw new PlatformError("UNSUPPORTED_OPERATION", `The provider "${provider.name}" has no embeddings.`);
      }
      const asked = embeddings.ask(model.name, request, key.value);
      return { asked, read: (json) => embeddings.read(json, request, names) };
    });
  }

  /** Whether it may, what the name means, and whether it fits the budgets; a refusal is an event too. */
  async #begin(
    caller: ModelCaller,
    asked: {
      readonly op: ModelEvent["op"];
      readonly name: string | undefined;
      readonly request: JsonObject;
      readonly most: TokenCount;
    },
  ): Promise<{ readonly call: OpenCall; readonly candidates: readonly Candidate[] }> {
    const { book } = this.#options;
    const name = asked.name ?? caller.allow?.find((pattern) => !pattern.includes("*")) ?? "";
    const call = new OpenCall(caller, { ...asked, name }, this.#options);
    try {
      if (caller.allow !== undefined && !allowsModel(caller.allow, name)) throw notAllowed(name, caller.allow);
      const candidates = await book.find(caller.spender.orgId, name);
      await call.hold(
        asked.most,
        candidates.map(({ model }) => model),
      );
      return { call, candidates };
    } catch (error) {
      await call.end({ ...NOTHING, outcome: "denied", reason: reasonOf(error), model: name });
      throw error;
    }
  }

  async #whole(
    call: OpenCall,
    candidates: readonly Candidate[],
    most: TokenCount,
    prepare: (
      candidate: Candidate,
      key: ProviderKey,
      names: AnswerNames,
    ) => { readonly asked: ProviderRequest; readonly read: (json: JsonObject) => ReadAnswer },
  ): Promise<Whole> {
    const { client } = this.#options;
    const { signal } = call.caller;
    const tried = await this.#try(call, candidates, async (candidate) => {
      const leave = await this.#slots.enter(candidate.provider, signal);
      try {
        const key = await client.key(candidate.provider);
        const { asked, read } = prepare(candidate, key, this.#names(candidate));
        return read(await client.whole(candidate.provider, asked, key, signal));
      } finally {
        leave();
      }
    });
    const { value: answer, candidate, attempts } = tried;
    const { json, usage, finishReason } = answer;
    const guessed = {
      inputTokens: most.inputTokens,
      outputTokens: most.outputTokens === 0 ? 0 : tokensOf(JSON.stringify(json).length),
    };
    const event = await call.end({
      outcome: "ok",
      model: candidate.id,
      price: candidate.model,
      usage: usage ?? guessed,
      estimated: usage === undefined,
      attempts,
      responseDigest: digestOf(json),
      response: json,
      ...(finishReason === undefined ? {} : { finishReason }),
    });
    return { answer, event };
  }

  async #stream(
    call: OpenCall,
    candidates: readonly Candidate[],
    request: ChatRequest,
    most: TokenCount,
  ): Promise<AsyncIterable<JsonObject>> {
    const { client } = this.#options;
    const { signal } = call.caller;
    const { value, candidate, attempts } = await this.#try(call, candidates, async (candidate) => {
      const leave = await this.#slots.enter(candidate.provider, signal);
      try {
        const key = await client.key(candidate.provider);
        const adapter = PROVIDER_ADAPTERS[candidate.provider.kind];
        const names = this.#names(candidate);
        const asked = adapter.chat(candidate.model.name, request, key.value);
        const events = await client.events(candidate.provider, asked, key, signal);
        return { events, names, reader: adapter.openStream(names), leave };
      } catch (error) {
        leave();
        throw error;
      }
    });
    return followStream(call, {
      ...value,
      candidate,
      attempts,
      inputTokens: most.inputTokens,
      includeUsage: request.includeUsage,
    });
  }

  /** The first that answers; that nobody did is an event, and told as what the last one said. */
  async #try<T>(
    call: OpenCall,
    candidates: readonly Candidate[],
    attempt: (candidate: Candidate) => Promise<T>,
  ): Promise<Tried<T>> {
    const { signal } = call.caller;
    const pause = async (ms: number, until: AbortSignal): Promise<void> => {
      await pauseFor(ms, undefined, { signal: until });
    };
    try {
      return await tryCandidates(candidates, attempt, { random: () => this.#random(), pause, signal });
    } catch (error) {
      const nobody = error instanceof NobodyAnswered ? error : undefined;
      const told = nobody?.last.error ?? error;
      const outcome: CallEnd["outcome"] = signal.aborted ? "canceled" : "failed";
      const model = nobody?.candidate.id ?? candidates[0]?.id ?? "";
      await call.end({ ...NOTHING, outcome, reason: reasonOf(told), model, attempts: nobody?.attempts ?? 1 });
      throw told;
    }
  }

  #names({ id }: Candidate): AnswerNames {
    const { ids, now } = this.#options;
    return { id: `chatcmpl-${ids("message")}`, model: id, created: Math.floor(now().getTime() / 1_000) };
  }

  #random(): number {
    return (this.#options.randomBytes(1)[0] ?? 0) / 255;
  }
}

function reasonOf(error: unknown): Reason {
  return isPlatformError(error) ? error.reason : "INTERNAL";
}

function notAllowed(name: string, allow: readonly string[]): PlatformError {
  if (name === "") {
    return new PlatformError(
      "MODEL_NOT_ALLOWED",
      "The request names no model, and berth.json names none by its whole name.",
      {
        hint: 'Such as "models": ["openai/gpt-5-mini"].',
      },
    );
  }
  const said = allow.length === 0 ? "it has no models" : `it has ${allow.join(", ")}`;
  return new PlatformError(
    "MODEL_NOT_ALLOWED",
    `This agent may not use "${name.slice(0, 200)}": berth.json says so, ${said}.`,
    {
      hint: `It would be allowed by "models": [${JSON.stringify(name.slice(0, 200))}].`,
    },
  );
}
