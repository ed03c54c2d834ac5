import { PRINCIPAL_METADATA } from "@berth/protocol";
import type { Message, Principal } from "@berth/protocol";

/**
 * Who calls, as the platform says. The gateway strips this key from whatever comes in and writes its own; an agent that
 * listens without a platform in front of it must not take it for proof.
 */
export function principalOf({ metadata }: Message): Principal | undefined {
  const value = metadata?.[PRINCIPAL_METADATA];
  if (typeof value !== "object" || value === null || !("id" in value) || !("kind" in value)) return undefined;
  // Written by the platform as a Principal; only the shape that makes it one is checked.
  return typeof value.id === "string" && typeof value.kind === "string" ? (value as unknown as Principal) : undefined;
}
