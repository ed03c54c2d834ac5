import { PlatformError } from "@berth/protocol";

/** Which agent a JSON-RPC request names in its parameters; undefined for none. */
export function tenantOf(params: unknown): string | undefined {
  if (typeof params !== "object" || params === null || !("tenant" in params)) return undefined;
  return typeof params.tenant === "string" && params.tenant !== "" ? params.tenant : undefined;
}

/**
 * The address has chosen the agent already; a tenant may repeat its name, as A2A clients do that got it from a card.
 * @throws INVALID_PARAMS for another one.
 */
export function assertTenant(tenant: string | undefined, agentName: string): void {
  if (tenant === undefined || tenant === "" || tenant === agentName) return;
  const violation = { field: "tenant", description: `must be "${agentName}" here, or absent` };
  throw new PlatformError("INVALID_PARAMS", `${violation.field}: ${violation.description}`, {
    violations: [violation],
  });
}
