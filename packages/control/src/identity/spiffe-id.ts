/** How an agent is named as a workload (SPIFFE ID §2): in tokens, actor chains and receipts. */
export function agentSpiffeId(domain: string, { orgId, agentName }: AgentIdentity): string {
  return `spiffe://${domain.toLowerCase()}/org/${orgId}/agent/${agentName}`;
}

/** The platform itself, which asks agents in callers' names. */
export function platformSpiffeId(domain: string): string {
  return `spiffe://${domain.toLowerCase()}/platform`;
}

export interface AgentIdentity {
  readonly orgId: string;
  readonly agentName: string;
}
