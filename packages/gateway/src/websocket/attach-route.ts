import { TUNNEL_LIMITS, TUNNEL_SUBPROTOCOL } from "@berth/protocol/wire/tunnel";
import type { Edge } from "../edge/edge.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { AttachSession } from "./attach-session.ts";
import { acceptSocket } from "./upgrade.ts";

const POLICY = "agent.attach";

/** The platform's end of the tunnel of `a2a dev` (docs/reference/attached-agents.md). */
export function attachRoute(edge: Edge): PlatformRoute {
  return {
    method: "GET",
    path: "/v1/attach",
    policy: POLICY,
    summary: "WebSocket: the tunnel by which an agent on a developer's machine is attached",
    status: 101,
    stream: true,
    webSocket: true,
    handle: async (exchange) => {
      const options = {
        policy: POLICY,
        protocol: TUNNEL_SUBPROTOCOL,
        maxPayloadBytes: TUNNEL_LIMITS.frameBytes,
      } as const;
      const socket = await acceptSocket(edge, exchange, options);
      await new AttachSession(edge, exchange, socket).run();
    },
  };
}
