import type { Principal } from "@berth/protocol";
import type { AgentFilter, AgentWithRelease } from "@berth/store";

/** Which agents there are. What the principal may not see does not exist: `public` agents are visible to anonymous callers of the default organization. */
export interface Registry {
  /** @throws AGENT_NOT_FOUND; for nobody UNAUTHENTICATED, whether the agent is private or does not exist. */
  find(principal: Principal, name: string): Promise<AgentWithRelease>;
  /** The agent with a release by its id or label, which need not be the active one. @throws as `find`, and RELEASE_NOT_FOUND */
  findRelease(principal: Principal, name: string, release: string): Promise<AgentWithRelease>;
  /** For the public agent card and what is made of it, which anybody may read even where calling is not allowed. @throws AGENT_NOT_FOUND, RELEASE_NOT_FOUND */
  findForCard(name: string, release?: string): Promise<AgentWithRelease>;
  list(
    principal: Principal,
    filter: Omit<AgentFilter, "orgId">,
    page: { readonly size: number; readonly token?: string },
  ): Promise<{ readonly agents: readonly AgentWithRelease[]; readonly nextPageToken?: string }>;
  /**
   * Needs `deploy`. Running calls are drained. What runs on targets is removed there first; `abandon`: it is left to whoever
   * owns the target. @throws AGENT_NOT_FOUND, PERMISSION_DENIED; TARGET_FAILED and the agent is still there
   */
  remove(principal: Principal, name: string, options?: { readonly abandon?: boolean }): Promise<void>;
}
