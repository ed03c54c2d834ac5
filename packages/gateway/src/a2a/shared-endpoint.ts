import { AGENT_NAME_PATTERN, PlatformError } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { agentAddress } from "../platform/agent-address.ts";
import { handleJsonRpc } from "./json-rpc.ts";
import { tenantOf } from "./tenant.ts";

/**
 * One address for all agents: in JSON-RPC `params.tenant` names the one that is meant. In HTTP+JSON the tenant is in the
 * path, `/a2a/{tenant}/…`, which the dispatcher reads as it reads `/agents/{name}/…`.
 */
export function sharedEndpointRoute(edge: Edge): PlatformRoute {
  return {
    method: "POST",
    path: "/a2a",
    policy: "anyone",
    namesAgent: true,
    summary: "A2A in JSON-RPC for every agent; params.tenant names it",
    body: "application/json",
    errors: "jsonrpc",
    handle: async (exchange) =>
      await handleJsonRpc(edge, exchange, (params) => {
        const name = tenantOf(params);
        if (name === undefined) {
          const violation = { field: "tenant", description: "must name the agent at this address" };
          throw new PlatformError("INVALID_PARAMS", `${violation.field}: ${violation.description}`, {
            violations: [violation],
          });
        }
        if (!AGENT_NAME_PATTERN.test(name)) {
          throw new PlatformError("AGENT_NOT_FOUND", `There is no agent "${name.slice(0, 40)}" here.`);
        }
        return { name, base: agentAddress(edge, name) };
      }),
  };
}
