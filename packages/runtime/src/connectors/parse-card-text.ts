import { PlatformError, isPlatformError, parseAgentCard } from "@berth/protocol";
import type { AgentCard } from "@berth/protocol";
import { fromV03Card } from "@berth/protocol/wire/v0_3";
import { isObject } from "./agent-errors.ts";

export const MAX_CARD_BYTES: number = 1024 * 1024;
export const CARD_PATH = "/.well-known/agent-card.json";
/** Schemas of skills go deep; nothing honest goes this deep. */
const MAX_DEPTH = 100;
/** Where agents of 0.2 have it. */
export const OLD_CARD_PATH = "/.well-known/agent.json";

/** A card as an agent serves it, 1.0 or 0.3, as a 1.0 card. @throws PlatformError CARD_INVALID */
export function parseCardText(text: string): AgentCard {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw cardInvalid("it is not JSON", error);
  }
  if (isDeeperThan(MAX_DEPTH, value)) throw cardInvalid(`it is nested deeper than ${MAX_DEPTH} levels`);
  try {
    // A hybrid card has the members of both versions: the newer one says more.
    const isNew = isObject(value) && Array.isArray(value["supportedInterfaces"]);
    return isNew ? parseAgentCard(value) : fromV03Card(value);
  } catch (error) {
    throw cardInvalid(error instanceof Error ? error.message : String(error), error);
  }
}

/** Without recursion: JSON is read deeper than most things can walk it. */
function isDeeperThan(max: number, value: unknown): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > max) return true;
    level = level.flatMap((each) => (typeof each === "object" && each !== null ? Object.values(each) : []));
  }
  return false;
}

export function cardInvalid(detail: string, cause?: unknown): PlatformError {
  return new PlatformError("CARD_INVALID", `The agent's card cannot be used: ${detail}.`.replace(/\.\.$/, "."), {
    cause,
    violations: isPlatformError(cause) ? cause.violations : [],
    hint: `The agent must serve an A2A AgentCard at ${CARD_PATH}.`,
  });
}
