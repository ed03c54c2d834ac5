import { parseSendMessageRequest } from "@berth/protocol";
import { acceptMessage } from "../a2a/operations.ts";
import type { Edge } from "../edge/edge.ts";
import { readJson } from "../edge/read-body.ts";
import type { AgentRoute } from "../edge/routes.ts";
import { sendAccepted } from "./accepted.ts";

export function createTaskRoute(edge: Edge): AgentRoute {
  return {
    method: "POST",
    path: "/tasks",
    policy: "anyone",
    summary: "Send a message and get a task to watch",
    body: "application/json",
    status: 202,
    handle: async (exchange, agent) => {
      const request = parseSendMessageRequest(await readJson(exchange, edge.limits));
      const call = { edge, exchange, agent };
      await sendAccepted(call, await acceptMessage(call, request, "rest"));
    },
  };
}
