import { isPlatformError } from "@berth/protocol";
import type { ReadCard } from "../agent-connector.ts";
import { OutboundError } from "../outbound/outbound-http.ts";
import { pause } from "../pool/timers.ts";
import type { Timers } from "../pool/timers.ts";
import type { AgentRequest } from "./agent-wire.ts";
import type { Answer } from "./http-transport.ts";
import { MAX_CARD_BYTES, cardInvalid, parseCardText } from "./parse-card-text.ts";
import { remoteUnresponsive } from "./remote-agent.ts";
import type { RemoteAgent } from "./remote-agent.ts";
import { successOf } from "./turn-frames.ts";

const TIMEOUT_MS = 10_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 4_000;

export interface PlacedCardOptions {
  /** Of the card, where it is a file. */
  readonly path: string;
  /** How long it may take to come up: until then refusals are taken for its target's, which is not done yet. */
  readonly startTimeoutMs: number;
  readonly timers: Timers;
  readonly signal: AbortSignal;
}

/** The card of a release on a target, waited for. @throws PlatformError CARD_INVALID at once, AGENT_UNRESPONSIVE in the end */
export async function readPlacedCard(agent: RemoteAgent, options: PlacedCardOptions): Promise<ReadCard> {
  const { startTimeoutMs, timers, signal } = options;
  const deadline = timers.now() + startTimeoutMs;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2)) {
    try {
      return await readOnce(agent, options);
    } catch (error) {
      if (!isPlatformError(error) || error.reason !== "AGENT_UNRESPONSIVE" || isFinal(error.cause)) throw error;
      if (signal.aborted || timers.now() + waitMs > deadline) throw error;
    }
    await pause(timers, waitMs, signal);
  }
}

async function readOnce(agent: RemoteAgent, { path, signal }: PlacedCardOptions): Promise<ReadCard> {
  const { http, wire } = agent;
  const request = wire.askCard?.request ?? cardRequest(path);
  const answer = await http.request(request, { timeoutMs: TIMEOUT_MS, signal });
  if (answer.status !== 200) throw remoteUnresponsive(agent, `did not give its card: ${described(answer.status)}`);
  if (answer.body.length === 0) throw remoteUnresponsive(agent, "gave nothing where its card should be");
  const text = wire.askCard === undefined ? answer.body.toString("utf8") : cardIn(answer, wire.askCard.card);
  if (text.length > MAX_CARD_BYTES) throw cardInvalid("it is larger than 1 MiB");
  return { card: parseCardText(text), text };
}

function cardRequest(path: string): AgentRequest {
  return { method: "GET", path, headers: { accept: "application/json", "a2a-version": "1.0" } };
}

function cardIn(answer: Answer, card: (value: unknown) => unknown): string {
  return JSON.stringify(card(successOf(answer)));
}

function described(status: number): string {
  if (status === 401 || status === 403) return `HTTP ${status}, so the platform's identity is not let in there`;
  return `HTTP ${status}`;
}

/** An address that we do not call now is not called in a moment. */
function isFinal(cause: unknown): boolean {
  return cause instanceof OutboundError && cause.kind === "refused";
}
