import type { JsonObject } from "@berth/protocol";
import type { ServicesPeer } from "./agent-services.ts";

/** A request of an agent for a model. */
export interface ModelCall {
  readonly peer: ServicesPeer;
  /** `acg1_…` as sent: the run it is for. Absent: the agent's client has none. */
  readonly grant?: string;
  /** The tasks whose turns run on the instance now: with one alone, and no grant, the call is that one's. */
  readonly turns: readonly string[];
  readonly signal: AbortSignal;
}

/** An OpenAI chat completion: whole, or its chunks as they come. */
export type ModelAnswer = { readonly json: JsonObject } | { readonly chunks: AsyncIterable<JsonObject> };

/**
 * Models for agents, spoken as OpenAI's API. Each call is checked against the release and the budgets and is an event of
 * its run. A stream that is not read to its end is ended at the provider.
 * @throws MODEL_NOT_FOUND, MODEL_NOT_ALLOWED, MODEL_FAILED, BUDGET_EXCEEDED, RATE_LIMITED, INVALID_PARAMS, TIMED_OUT, …
 */
export interface AgentModels {
  list(call: ModelCall): Promise<readonly { readonly id: string; readonly provider: string }[]>;
  chat(call: ModelCall, body: JsonObject): Promise<ModelAnswer>;
  embed(call: ModelCall, body: JsonObject): Promise<JsonObject>;
}
