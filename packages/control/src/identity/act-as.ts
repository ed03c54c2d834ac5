import { PlatformError, hasScope } from "@berth/protocol";
import type { Principal } from "@berth/protocol";

/** Agents between the caller and whoever is called last. A circle of agents ends here too. */
export const MAX_ACTORS = 8;

/**
 * The caller as an agent passes it on to the next one (RFC 8693 §4.1): still the same subject, with the agent in front
 * of those who acted before, and with the right to call and none of the others, if the caller had that.
 * @throws CALL_DEPTH_EXCEEDED
 */
export function actAs(principal: Principal, callerSpiffeId: string): Principal {
  const actors = [callerSpiffeId, ...(principal.actors ?? [])];
  if (actors.length > MAX_ACTORS) {
    throw new PlatformError("CALL_DEPTH_EXCEEDED", `Agents may call each other at most ${MAX_ACTORS} deep.`, {
      hint: "Look for agents that call each other in a circle.",
    });
  }
  return { ...principal, scopes: hasScope(principal, "invoke") ? ["invoke"] : [], actors };
}
