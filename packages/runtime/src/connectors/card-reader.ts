import { PlatformError, isPlatformError, parseAgentCard } from "@berth/protocol";
import type { AgentCard } from "@berth/protocol";
import { fromV03Card } from "@berth/protocol/wire/v0_3";
import { isObject } from "./agent-errors.ts";
import type { Answer, InstanceClient } from "./instance-client.ts";

const TIMEOUT_MS = 10_000;
const MAX_CARD_BYTES = 1024 * 1024;
const PATH = "/.well-known/agent-card.json";
/** Where agents of 0.2 have it. */
const OLD_PATH = "/.well-known/agent.json";

/** Asks an instance for its card and reads it, 1.0 or 0.3. @throws PlatformError CARD_INVALID, AGENT_* */
export async function fetchCard(client: InstanceClient, signal: AbortSignal | undefined): Promise<AgentCard> {
  const get = async (path: string): Promise<Answer> =>
    await client.request(
      { method: "GET", path, headers: { accept: "application/json", "a2a-version": "1.0" } },
      { timeoutMs: TIMEOUT_MS, signal },
    );
  let answer = await get(PATH);
  if (answer.status === 404) answer = await get(OLD_PATH);
  if (answer.status !== 200) throw cardInvalid(`GET ${PATH} answered HTTP ${answer.status}`);
  if (answer.body.length > MAX_CARD_BYTES) throw cardInvalid("it is larger than 1 MiB");
  return parseCard(answer.body.toString("utf8"));
}

function parseCard(text: string): AgentCard {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw cardInvalid("it is not JSON", error);
  }
  try {
    // A hybrid card has the members of both versions: the newer one says more.
    return isObject(value) && Array.isArray(value["supportedInterfaces"]) ? parseAgentCard(value) : fromV03Card(value);
  } catch (error) {
    throw cardInvalid(error instanceof Error ? error.message : String(error), error);
  }
}

function cardInvalid(detail: string, cause?: unknown): PlatformError {
  return new PlatformError("CARD_INVALID", `The agent's card cannot be used: ${detail}.`.replace(/\.\.$/, "."), {
    cause,
    violations: isPlatformError(cause) ? cause.violations : [],
    hint: `The agent must serve an A2A AgentCard at ${PATH}.`,
  });
}
