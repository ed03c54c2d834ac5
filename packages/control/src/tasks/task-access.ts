import { PlatformError, hasScope } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import type { AgentWithRelease } from "@berth/store";

/** Own tasks, or all with `read`. What one may not see does not exist. */
export function maySee(principal: Principal, task: { readonly orgId: string; readonly principalId: string }): boolean {
  if (task.orgId !== principal.orgId) return false;
  return task.principalId === principal.id || hasScope(principal, "read");
}

/** Public agents by anybody, the others with `invoke`. Whether it can be seen at all was the registry's question. */
export function assertMayInvoke(principal: Principal, { agent, release }: AgentWithRelease): void {
  if (release.config.visibility === "public" || hasScope(principal, "invoke")) return;
  throw new PlatformError("PERMISSION_DENIED", `You may not call the agent "${agent.name}".`, {
    hint: "Use a key with the `invoke` scope.",
  });
}
