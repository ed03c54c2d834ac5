import { AGENT_NAME_PATTERN, PlatformError, invalidParams } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import type { AgentTarget } from "../edge/routes.ts";
import { agentAddress } from "../platform/agent-address.ts";
import type { GrpcExchange } from "./grpc-exchange.ts";

/**
 * The agent that a call is for. One port serves all, so the call says which: by the `tenant` of its request, which the
 * card's interface asks clients to send; by the authority, `<agent>.<domain>`; or by the metadata `berth-agent`.
 * @throws HOST_NOT_ALLOWED, INVALID_PARAMS when none of these names one, or two of them differ.
 */
export function addressedAgent(edge: Edge, exchange: GrpcExchange, request: JsonObject): AgentTarget {
  const { agent: host } = edge.hosts.resolve(exchange.authority, "http:");
  const { tenant } = request;
  const said = [
    { by: "the authority", name: host },
    { by: "the metadata berth-agent", name: exchange.header("berth-agent") },
    { by: "tenant", name: typeof tenant === "string" ? tenant : undefined },
  ].filter(({ name }) => name !== undefined && name !== "");
  const [first] = said;
  if (first?.name === undefined) throw nameless();
  const other = said.find(({ name }) => name !== first.name);
  if (other !== undefined) {
    throw invalidParams([{ field: "tenant", description: `${first.by} and ${other.by} name different agents` }]);
  }
  if (!AGENT_NAME_PATTERN.test(first.name)) {
    throw new PlatformError("AGENT_NOT_FOUND", `There is no agent "${first.name.slice(0, 40)}" here.`);
  }
  return { name: first.name, base: agentAddress(edge, first.name) };
}

function nameless(): PlatformError {
  const violation = { field: "tenant", description: "must name the agent that the call is for" };
  return new PlatformError("INVALID_PARAMS", `${violation.field}: ${violation.description}`, {
    violations: [violation],
    hint: "Send the tenant of the agent card's interface, or the metadata berth-agent.",
  });
}
