import { isInterrupted, isTerminal } from "@berth/protocol";
import type { TurnEvent } from "../agent-connector.ts";
import { pause } from "../pool/timers.ts";
import type { Timers } from "../pool/timers.ts";
import { agentError, invalidResponse, isObject } from "./agent-errors.ts";
import type { AgentWire } from "./agent-wire.ts";
import type { ByteBudget } from "./byte-budget.ts";
import type { Answer, HttpTransport } from "./http-transport.ts";
import { MAX_ANSWER_BYTES, answerTooLarge } from "./http-transport.ts";
import { LineParser } from "./line-parser.ts";
import { SseParser } from "./sse-parser.ts";
import type { TurnInbox } from "./turn-inbox.ts";

const POLL_TIMEOUT_MS = 10_000;
const FIRST_POLL_MS = 250;
const LONGEST_POLL_MS = 2_000;

export interface Conversation {
  readonly http: HttpTransport;
  readonly wire: AgentWire;
  readonly inbox: TurnInbox;
  readonly timers: Timers;
  readonly signal: AbortSignal;
  /** Default: no bound but the turn's time. */
  readonly budget?: ByteBudget;
}

/** The agent's answer to a turn, as events: a stream as it comes, one whole answer as the frame it is. */
export async function* turnFrames(conversation: Conversation): AsyncGenerator<TurnEvent, void> {
  const { inbox, http, wire, budget } = conversation;
  const parser = wire.lines === true ? new LineParser() : new SseParser();
  const whole: Buffer[] = [];
  let wholeSize = 0;
  let status = 0;
  let streams = false;
  for (;;) {
    const item = await inbox.next();
    switch (item.kind) {
      case "egress":
        yield item;
        break;
      case "head":
        status = item.status;
        streams = status < 300 && (wire.lines === true || item.contentType.startsWith("text/event-stream"));
        break;
      case "chunk":
        budget?.take(item.chunk.length);
        if (streams) {
          yield* framesOf(wire, parser.push(item.chunk));
          break;
        }
        whole.push(item.chunk);
        wholeSize += item.chunk.length;
        if (wholeSize > MAX_ANSWER_BYTES) throw answerTooLarge();
        break;
      case "end":
        if (streams) yield* framesOf(wire, parser.end());
        else yield* wholeAnswer(conversation, { status, body: Buffer.concat(whole) });
        return;
      case "failed":
        throw await http.failure(item.error);
    }
  }
}

function* framesOf(wire: AgentWire, payloads: readonly string[]): Generator<TurnEvent, void> {
  for (const payload of payloads) {
    // Some servers keep the connection alive with frames without content.
    if (payload !== "") yield { kind: "frame", frame: wire.frame(parseJson(payload)) };
  }
}

/** An agent that does not stream answers once; a task that is not at rest by then has to be asked for. */
async function* wholeAnswer(conversation: Conversation, answer: Answer): AsyncGenerator<TurnEvent, void> {
  const { http, wire, timers, signal } = conversation;
  let frame = wire.frame(successOf(answer));
  yield { kind: "frame", frame };
  let last: Buffer | undefined;
  let waitMs = FIRST_POLL_MS;
  while ("task" in frame && isRunning(frame.task.status.state)) {
    await pause(timers, waitMs, signal);
    waitMs = Math.min(LONGEST_POLL_MS, waitMs * 1.5);
    const polled: Answer = await http.request(wire.get(frame.task.id), { timeoutMs: POLL_TIMEOUT_MS, signal });
    if (last?.equals(polled.body) === true) continue;
    last = polled.body;
    frame = wire.task(successOf(polled));
    yield { kind: "frame", frame };
  }
}

/** What a good answer holds. @throws PlatformError AGENT_ERROR for any other, INVALID_AGENT_RESPONSE */
export function successOf({ status, body }: Answer): unknown {
  const text = body.toString("utf8");
  if (status < 300) return parseJson(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Error pages are often HTML: the status says as much.
  }
  throw agentError(isObject(value) ? value["error"] : undefined, status);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalidResponse(error, "The agent's answer is not JSON");
  }
}

type State = Parameters<typeof isTerminal>[0];

function isRunning(state: State): boolean {
  return !isTerminal(state) && !isInterrupted(state);
}
