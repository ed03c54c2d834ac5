import { ACTIONS, PlatformError, isAcrossAgents, isAllowed } from "@berth/protocol";
import type { Action, Principal } from "@berth/protocol";

/** What an action is about. Without an owner it is the organization's. */
export interface Resource {
  readonly orgId: string;
  /** The principal whose thing it is. */
  readonly ownerId?: string;
}

/**
 * The one place where rights are decided; it denies what it does not know. A resource of another organization is
 * denied whatever the scopes; the use case answers that as if it did not exist.
 * @throws UNAUTHENTICATED for nobody, PERMISSION_DENIED for somebody without the right.
 */
export function authorize(principal: Principal, action: Action, resource?: Pick<Resource, "orgId">): void {
  const foreign = resource !== undefined && resource.orgId !== principal.orgId;
  if (!foreign && isAllowed(principal, action)) return;
  if (principal.kind === "anonymous") {
    throw new PlatformError("UNAUTHENTICATED", "This needs a credential.", {
      hint: "Send `Authorization: Bearer <API key>`.",
    });
  }
  if (principal.agents !== undefined && isAcrossAgents(action)) throw acrossAgents(action);
  const scopes = ACTIONS[action].map((scope) => `"${scope}"`).join(" or ");
  throw new PlatformError("PERMISSION_DENIED", `${action}: this needs the scope ${scopes}.`, {
    hint: "Ask an administrator for a role or a key with that scope.",
  });
}

/** Also for a door that looks at rights before it lets anybody to a use case. */
export function acrossAgents(action: Action): PlatformError {
  return new PlatformError("PERMISSION_DENIED", `${action}: this concerns all agents, and the key is for some only.`, {
    hint: "Use a key that is not restricted to agents.",
  });
}

/** Whether the thing is the principal's own, or the action is allowed on all of the organization's. */
export function mayActOn(principal: Principal, action: Action, resource: Required<Resource>): boolean {
  if (resource.orgId !== principal.orgId) return false;
  return resource.ownerId === principal.id || isAllowed(principal, action);
}
