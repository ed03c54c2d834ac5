import type { DeploymentEvent } from "@berth/control";
import { PlatformError } from "@berth/protocol";
import { resumePoint } from "../a2a/operations.ts";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { pump } from "../edge/pump.ts";
import { readBody } from "../edge/read-body.ts";
import { toPlatformError } from "../edge/render-error.ts";
import { sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import type { SseEvent } from "../edge/sse-stream.ts";
import { errorEvent } from "../rest/error-event.ts";
import { choiceParameter, textParameter } from "./page.ts";
import type { DeploymentRecord } from "./records.ts";

export function deploymentRoutes(edge: Edge): readonly PlatformRoute[] {
  const { deploys } = edge.control;
  return [
    {
      method: "POST",
      path: "/v1/deployments",
      policy: "deployment.create",
      summary: "Deploy a packed folder",
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
      ],
      body: "application/gzip",
      status: 202,
      handle: async (exchange) => {
        const name = textParameter(exchange, "name");
        const trust = choiceParameter(exchange, "trust", ["true", "false"]) === "true";
        const traffic = choiceParameter(exchange, "traffic", ["none"]);
        const canaryPercent = exchange.integer("canary", { min: 0, max: 50 });
        const skipEvals = choiceParameter(exchange, "evals", ["skip"]) === "skip";
        const archive = await readArchive(edge, exchange);
        const deployment = await deploys.start(exchange.principal, {
          archive,
          trust,
          ...(name === undefined ? {} : { name }),
          ...(traffic === undefined ? {} : { traffic }),
          ...(canaryPercent === undefined ? {} : { canaryPercent }),
          skipEvals,
        });
        const headers = { Location: `/v1/deployments/${deployment.deploymentId}` };
        sendJson(exchange, toDeploymentJson(deployment), { status: 202, headers });
      },
    },
    {
      method: "GET",
      path: "/v1/deployments",
      policy: "deployment.read",
      summary: "Deployments, newest first",
      query: [
        { name: "agent", description: "Only of this agent." },
        { name: "limit", description: "1 to 100, default 20.", type: "integer" },
      ],
      handle: async (exchange) => {
        const agentName = textParameter(exchange, "agent");
        const limit = exchange.integer("limit", { min: 1, max: 100 }) ?? 20;
        const filter = { limit, ...(agentName === undefined ? {} : { agentName }) };
        const deployments = await deploys.list(exchange.principal, filter);
        sendJson(exchange, { deployments: deployments.map(toDeploymentJson) });
      },
    },
    {
      method: "GET",
      path: "/v1/deployments/{id}",
      policy: "deployment.read",
      summary: "One deployment",
      handle: async (exchange) =>
        sendJson(exchange, toDeploymentJson(await deploys.get(exchange.principal, exchange.param("id")))),
    },
    {
      method: "DELETE",
      path: "/v1/deployments/{id}",
      policy: "deployment.cancel",
      summary: "Cancel a running deployment",
      handle: async (exchange) =>
        sendJson(exchange, toDeploymentJson(await deploys.cancel(exchange.principal, exchange.param("id")))),
    },
    {
      method: "GET",
      path: "/v1/deployments/{id}/events",
      policy: "deployment.read",
      summary: "Its steps and log as they happen; the last event is `done`",
      answers: "text/event-stream",
      stream: true,
      handle: async (exchange) => await followDeployment(edge, exchange),
    },
  ];
}

/** Type and size are looked at before the first byte is read. */
async function readArchive({ limits }: Edge, { req }: Exchange): Promise<Uint8Array> {
  const [type] = (req.headers["content-type"] ?? "").toLowerCase().split(";");
  if (type?.trim() !== "application/gzip" && type?.trim() !== "application/x-gzip") {
    throw new PlatformError("UNSUPPORTED_MEDIA_TYPE", "The body must be a gzipped tar archive.", {
      hint: "Send Content-Type: application/gzip; `a2a deploy` packs a folder.",
    });
  }
  return await readBody(req, limits.maxArchiveBytes);
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

export function eventDataOf(event: DeploymentEvent): object {
  if (event.kind === "step") return event.step;
  return event.kind === "log" ? { text: event.text } : toDeploymentJson(event.deployment);
}

function toDeploymentJson(record: DeploymentRecord): object {
  const { deploymentId, agentName, releaseId, status, steps, log, evals, error, createdAt, updatedAt } = record;
  return {
    deploymentId,
    agent: agentName ?? null,
    release: releaseId ?? null,
    status,
    steps,
    log,
    ...(evals === undefined ? {} : { evals }),
    ...(error === undefined ? {} : { error }),
    createdAt,
    updatedAt,
  };
}
