import type { Principal } from "@berth/protocol";
import type { AgentFilter, AgentWithRelease, ReleaseRecord } from "@berth/store";

/** Which agents there are. What the principal may not see does not exist: `public` agents are visible to anonymous callers of the default organization. */
export interface Registry {
  /** @throws AGENT_NOT_FOUND; for nobody UNAUTHENTICATED, whether the agent is private or does not exist. */
  find(principal: Principal, name: string): Promise<AgentWithRelease>;
  /** For the public agent card and what is made of it, which anybody may read even where calling is not allowed. @throws AGENT_NOT_FOUND */
  findForCard(name: string): Promise<AgentWithRelease>;
  list(
    principal: Principal,
    filter: Omit<AgentFilter, "orgId">,
    page: { readonly size: number; readonly token?: string },
  ): Promise<{ readonly agents: readonly AgentWithRelease[]; readonly nextPageToken?: string }>;
  releases(principal: Principal, name: string): Promise<readonly ReleaseRecord[]>;
  /** Needs `deploy`. Running calls are drained. @throws AGENT_NOT_FOUND, PERMISSION_DENIED */
  remove(principal: Principal, name: string): Promise<void>;
}
