import { authorize } from "@berth/control";
import type { Control } from "@berth/control";
import type { Principal } from "@berth/protocol";
import type { CallExchange } from "./exchange.ts";
import type { AgentTarget } from "./routes.ts";

/** Names a release by id or label: new tasks of this request begin on it. */
const RELEASE_HEADER = "berth-release";

/** The agent with the release of the address, or with the active one. @throws as the registry's `find`, RELEASE_NOT_FOUND */
export async function findAddressed(
  { registry }: Pick<Control, "registry">,
  principal: Principal,
  { name, release }: AgentTarget,
): ReturnType<Control["registry"]["find"]> {
  return release === undefined
    ? await registry.find(principal, name)
    : await registry.findRelease(principal, name, release);
}

/**
 * The release that the caller picks, by address or header; undefined: the agent's traffic does. It may be one that
 * nobody is meant to call yet, so picking needs a right, and asking without it is refused instead of overheard.
 * @throws PERMISSION_DENIED, UNAUTHENTICATED
 */
export function pickedRelease(exchange: CallExchange, { release }: AgentTarget): string | undefined {
  const header = exchange.header(RELEASE_HEADER)?.trim();
  const picked = release ?? (header === "" ? undefined : header);
  if (picked !== undefined) authorize(exchange.principal, "agent.preview");
  return picked;
}
