import { PlatformError } from "@berth/protocol";
import type { Principal } from "@berth/protocol";

/** Credentials that are for certain agents get at these only. @throws PERMISSION_DENIED */
export function assertMayDeploy({ agents }: Pick<Principal, "agents">, name: string): void {
  if (agents === undefined || agents.includes(name)) return;
  throw new PlatformError("PERMISSION_DENIED", `This key is for ${agents.join(", ")} only.`, {
    hint: "Use a key that is not restricted to agents, or one for this agent.",
  });
}
