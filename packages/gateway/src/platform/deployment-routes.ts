import type { DeploymentEvent } from "@berth/control";
import { invalidParams } from "@berth/protocol";
import { resumePoint } from "../a2a/operations.ts";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { pump } from "../edge/pump.ts";
import { readOptionalJson } from "../edge/read-body.ts";
import { toPlatformError } from "../edge/render-error.ts";
import { sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import type { SseEvent } from "../edge/sse-stream.ts";
import { errorEvent } from "../rest/error-event.ts";
import { idempotencyKeyOf } from "../rest/idempotency-key.ts";
import { isText, membersOf } from "./body.ts";
import { eventDataOf, toDeploymentJson } from "./deployment-json.ts";
import { readDeployRequest } from "./deployment-request.ts";
import { choiceParameter, textParameter } from "./page.ts";

const MAX_STEP = 64;
const STATUSES = ["queued", "building", "pushing", "releasing", "healthy", "live", "failed", "canceled"] as const;

export function deploymentRoutes(edge: Edge): readonly PlatformRoute[] {
  const { deploys } = edge.control;
  return [
    {
      method: "POST",
      path: "/v1/deployments",
      policy: "deployment.create",
      summary: "Deploy a packed folder; with application/json, a git repository or an image",
      query: [
        { name: "name", description: "Overrides the agent's name." },
        { name: "trust", description: "Run it outside the sandbox: own code only.", type: "boolean" },
        { name: "traffic", description: "none: the release waits to be promoted." },
        {
          name: "canary",
          description: "Percent of the traffic it is tried on, 1 to 50; 0: all at once.",
          type: "integer",
        },
        { name: "evals", description: "skip: without asking the gate of berth.json; needs admin." },
        { name: "target", description: "Where it runs; default: this platform." },
      ],
      body: "application/gzip",
      status: 202,
      handle: async (exchange) => {
        const request = await readDeployRequest(edge, exchange);
        sendAccepted(exchange, await deploys.start(exchange.principal, request));
      },
    },
    {
      method: "GET",
      path: "/v1/deployments",
      policy: "deployment.read",
      summary: "Deployments, newest first",
      query: [
        { name: "agent", description: "Only of this agent." },
        { name: "status", description: `One of ${STATUSES.join(", ")}.` },
        { name: "limit", description: "1 to 100, default 20.", type: "integer" },
      ],
      handle: async (exchange) => {
        const agentName = textParameter(exchange, "agent");
        const status = choiceParameter(exchange, "status", STATUSES);
        const limit = exchange.integer("limit", { min: 1, max: 100 }) ?? 20;
        const deployments = await deploys.list(exchange.principal, {
          limit,
          ...(agentName === undefined ? {} : { agentName }),
          ...(status === undefined ? {} : { status }),
        });
        sendJson(exchange, { deployments: deployments.map(toDeploymentJson) });
      },
    },
    {
      method: "GET",
      path: "/v1/deployments/{id}",
      policy: "deployment.read",
      summary: "One deployment, with the end of its log",
      handle: async (exchange) => {
        const deployment = await deploys.get(exchange.principal, exchange.param("id"));
        const log = await deploys.text(exchange.principal, deployment.deploymentId);
        sendJson(exchange, { ...toDeploymentJson(deployment), log });
      },
    },
    {
      method: "DELETE",
      path: "/v1/deployments/{id}",
      policy: "deployment.cancel",
      summary: "Cancel a deployment that has not ended",
      handle: async (exchange) =>
        sendJson(exchange, toDeploymentJson(await deploys.cancel(exchange.principal, exchange.param("id")))),
    },
    {
      method: "POST",
      path: "/v1/deployments/{id}/retry",
      policy: "deployment.create",
      summary: "Do an ended deployment again, from a step on",
      body: "application/json",
      status: 202,
      handle: async (exchange) => {
        const { from } = membersOf(await readOptionalJson(exchange, edge.limits));
        if (from !== undefined && !isText(from, MAX_STEP)) {
          throw invalidParams([{ field: "from", description: "must be a step of a deployment" }]);
        }
        const key = idempotencyKeyOf(exchange);
        const again = await deploys.retry(exchange.principal, exchange.param("id"), {
          ...(from === undefined ? {} : { from }),
          ...(key === undefined ? {} : { idempotencyKey: key }),
        });
        sendAccepted(exchange, again);
      },
    },
    {
      method: "GET",
      path: "/v1/deployments/{id}/events",
      policy: "deployment.read",
      summary: "Its steps and log as they happen, from the first line on; the last event is `done`",
      answers: "text/event-stream",
      stream: true,
      handle: async (exchange) => await followDeployment(edge, exchange),
    },
  ];
}

function sendAccepted(exchange: Exchange, deployment: Parameters<typeof toDeploymentJson>[0]): void {
  const headers = { Location: `/v1/deployments/${deployment.deploymentId}` };
  sendJson(exchange, toDeploymentJson(deployment), { status: 202, headers });
}

async function followDeployment(edge: Edge, exchange: Exchange): Promise<void> {
  const { deploys } = edge.control;
  const id = exchange.param("id");
  const after = resumePoint(exchange) ?? 0;
  await deploys.get(exchange.principal, id);
  const stream = edge.streams.open(exchange);
  await pump(stream, deploys.follow(exchange.principal, id, { after, signal: stream.signal }), {
    toEvent,
    onError: (thrown) => errorEvent(toPlatformError(thrown, exchange, edge.log), exchange),
  });
}

function toEvent(event: DeploymentEvent): SseEvent {
  return { id: event.seq, event: event.kind, data: JSON.stringify(eventDataOf(event)) };
}
