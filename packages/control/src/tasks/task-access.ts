import { PlatformError, hasScope } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import { authorize, mayActOn } from "../auth/authorize.ts";
import type { AgentWithRelease, Store, TaskRecord } from "@berth/store";

/** Own tasks, or all with `task.read_all`; of the agents that there are for the caller. What one may not see does not exist. */
export async function maySee(
  principal: Principal,
  task: Pick<TaskRecord, "orgId" | "principalId" | "agentId">,
  store: Pick<Store, "agents">,
): Promise<boolean> {
  const { orgId, principalId: ownerId } = task;
  if (!mayActOn(principal, "task.read_all", { orgId, ownerId })) return false;
  return (await visibleAgentIds(principal, store))?.includes(task.agentId) ?? true;
}

/** The agents that there are for a key of some agents only; undefined for everybody else. */
export async function visibleAgentIds(
  { orgId, agents }: Principal,
  store: Pick<Store, "agents">,
): Promise<readonly string[] | undefined> {
  if (agents === undefined) return undefined;
  const found = await Promise.all(agents.map(async (name) => await store.agents.find(orgId, name)));
  return found.flatMap((each) => (each === undefined ? [] : [each.agent.agentId]));
}

/** One's own tasks, or any with `task.cancel_any`. That it can be seen was asked before. @throws PERMISSION_DENIED */
export function assertMayCancel(principal: Principal, { principalId }: Pick<TaskRecord, "principalId">): void {
  if (principalId !== principal.id) authorize(principal, "task.cancel_any");
}

/** Who may read another's task does not speak in their name. @throws PERMISSION_DENIED */
export function assertMayContinue(principal: Principal, { principalId }: Pick<TaskRecord, "principalId">): void {
  if (principalId !== principal.id) authorize(principal, "task.continue_any");
}

/** Public agents by anybody, the others with `invoke`. Whether it can be seen at all was the registry's question. */
export function assertMayInvoke(principal: Principal, { agent, release }: AgentWithRelease): void {
  if (release.config.visibility === "public" || hasScope(principal, "invoke")) return;
  throw new PlatformError("PERMISSION_DENIED", `You may not call the agent "${agent.name}".`, {
    hint: "Use a key with the `invoke` scope.",
  });
}
