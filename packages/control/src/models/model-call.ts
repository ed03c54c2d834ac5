import { createHash } from "node:crypto";
import type { JsonObject, ModelEvent, Reason } from "@berth/protocol";
import type { PricedModel } from "@berth/store";
import type { BudgetMeter, Spender } from "../limits/budget-meter.ts";
import { canonicalText } from "../receipts/canonical-text.ts";
import type { TokenCount } from "./providers/provider-adapter.ts";

/** For whom a model is called. */
export interface ModelCaller {
  readonly spender: Spender;
  /** Undefined: every model of the organization. */
  readonly allow: readonly string[] | undefined;
  /** Whether bodies are written down. */
  readonly record: boolean;
  /** Writes down what a call was: in the log of its run, where it has one. */
  readonly note: (event: ModelEvent) => Promise<void>;
  readonly signal: AbortSignal;
}

/** What became of a call. */
export interface CallEnd {
  readonly outcome: ModelEvent["outcome"];
  readonly reason?: Reason;
  /** `provider/model` that was asked last. */
  readonly model: string;
  readonly price?: PricedModel;
  readonly usage: TokenCount;
  readonly estimated: boolean;
  readonly attempts: number;
  readonly finishReason?: string;
  readonly responseDigest?: string;
  readonly response?: JsonObject;
}

const MAX_RECORDED = 64 * 1024;

/** One call from its beginning to its event. */
export class OpenCall {
  readonly caller: ModelCaller;
  readonly #op: ModelEvent["op"];
  readonly #asked: string;
  readonly #request: JsonObject;
  readonly #meter: BudgetMeter;
  readonly #now: () => Date;
  readonly #startedAt: number;
  #letGo: () => void = () => {};

  constructor(
    caller: ModelCaller,
    asked: { readonly op: ModelEvent["op"]; readonly name: string; readonly request: JsonObject },
    { meter, now }: { readonly meter: BudgetMeter; readonly now: () => Date },
  ) {
    this.caller = caller;
    this.#op = asked.op;
    this.#asked = asked.name;
    this.#request = asked.request;
    this.#meter = meter;
    this.#now = now;
    this.#startedAt = now().getTime();
  }

  /** @throws BUDGET_EXCEEDED */
  async hold(usage: TokenCount, prices: readonly PricedModel[]): Promise<void> {
    const costMicros = Math.max(0, ...prices.map((price) => costOf(price, usage) ?? 0));
    const tokens = usage.inputTokens + usage.outputTokens;
    this.#letGo = await this.#meter.hold(this.caller.spender, { tokens, costMicros });
  }

  /** Written down first, then counted, then let go of what it held. */
  async end(end: CallEnd): Promise<ModelEvent> {
    try {
      const { taskId } = this.caller.spender;
      const event = this.#event(end);
      // The log's reader counts what a run that is under way has used.
      const counted = taskId !== undefined && this.#meter.isOpen(taskId);
      await this.caller.note(event);
      if (!counted) {
        const tokens = event.inputTokens + event.outputTokens;
        this.#meter.spend(this.caller.spender, { tokens, costMicros: event.costMicros ?? 0 });
      }
      return event;
    } finally {
      this.#letGo();
    }
  }

  #event(end: CallEnd): ModelEvent {
    const { model, usage, attempts, finishReason, responseDigest, reason, response } = end;
    const costMicros = end.price === undefined ? undefined : costOf(end.price, usage);
    const { record } = this.caller;
    return {
      kind: "model",
      op: this.#op,
      model: model.slice(0, 200).toWellFormed(),
      ...(this.#asked === model ? {} : { alias: this.#asked.slice(0, 200).toWellFormed() }),
      outcome: end.outcome,
      ...(reason === undefined ? {} : { reason }),
      ...usage,
      ...(end.estimated ? { estimated: true } : {}),
      ...(costMicros === undefined ? {} : { costMicros }),
      latencyMs: Math.max(0, this.#now().getTime() - this.#startedAt),
      ...(finishReason === undefined ? {} : { finishReason: finishReason.slice(0, 64).toWellFormed() }),
      ...(attempts > 1 ? { attempts } : {}),
      requestDigest: digestOf(this.#request),
      ...(responseDigest === undefined ? {} : { responseDigest }),
      ...(record && isShort(this.#request) ? { request: this.#request } : {}),
      ...(record && response !== undefined && isShort(response) ? { response } : {}),
    };
  }
}

/** Undefined for a model without a price. Rounded up: what is used is never free. */
function costOf({ inputMicros, outputMicros }: PricedModel, usage: TokenCount): number | undefined {
  if (inputMicros === undefined && outputMicros === undefined) return undefined;
  return Math.ceil((usage.inputTokens * (inputMicros ?? 0) + usage.outputTokens * (outputMicros ?? 0)) / 1_000_000);
}

export function digestOf(json: JsonObject): string {
  return `sha256:${createHash("sha256").update(canonicalText(json)).digest("hex")}`;
}

function isShort(json: JsonObject): boolean {
  return JSON.stringify(json).length <= MAX_RECORDED;
}
