import type { Principal } from "@berth/protocol";
import { assertScheme } from "../edge/agent-schemes.ts";
import { isLocal, shownCaller } from "../edge/authenticate.ts";
import type { Edge } from "../edge/edge.ts";
import { countingFailures } from "../edge/rate-limit.ts";
import type { AgentTarget } from "../edge/routes.ts";
import type { GrpcExchange } from "./grpc-exchange.ts";

/** As HTTP's policy `anyone`: a credential is optional, a wrong one is refused. @throws UNAUTHENTICATED */
export async function authenticateGrpc(exchange: GrpcExchange, edge: Edge, agent: AgentTarget): Promise<Principal> {
  const principal = await countingFailures(exchange, edge, async () => await shownCaller(exchange, edge, agent));
  if (principal === undefined) {
    return edge.control.auth.anonymous({ local: isLocal(exchange, exchange.remoteAddress) });
  }
  await assertScheme(edge, principal, agent.name);
  return principal;
}
