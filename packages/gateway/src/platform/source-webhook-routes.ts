import { SOURCE_KINDS } from "@berth/control";
import type { NewSourceConnection, Source } from "@berth/control";
import { invalidParams } from "@berth/protocol";
import type { FieldViolation } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { assertJson, readBody, readJson } from "../edge/read-body.ts";
import { sendEmpty, sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";

/** Forges tell of every commit of a push; what is larger is no push that somebody waits for. */
const MAX_DELIVERY_BYTES = 5 * 1024 * 1024;

/** The repository that an agent is deployed from, and what its forge tells of it. */
export function sourceWebhookRoutes(edge: Edge): readonly PlatformRoute[] {
  const { sources } = edge.control;
  return [
    {
      method: "PUT",
      path: "/v1/agents/{name}/source",
      policy: "repository.manage",
      summary: "Connect a repository whose pushes deploy the agent; a new one's secret is shown in this answer only",
      body: "application/json",
      handle: async (exchange) => {
        const connection = parseConnection(await readJson(exchange, edge.limits));
        const made = await sources.connect(exchange.principal, exchange.param("name"), connection);
        const secret = made.secret === undefined ? {} : { secret: made.secret };
        sendJson(exchange, { ...toSourceJson(edge, made.source), ...secret });
      },
    },
    {
      method: "GET",
      path: "/v1/agents/{name}/source",
      policy: "repository.manage",
      summary: "The connected repository",
      handle: async (exchange) => {
        const source = await sources.get(exchange.principal, exchange.param("name"));
        sendJson(exchange, toSourceJson(edge, source));
      },
    },
    {
      method: "POST",
      path: "/v1/agents/{name}/source/rotate",
      policy: "repository.manage",
      summary: "A new secret for its deliveries, shown this once; the old one no longer counts",
      handle: async (exchange) => {
        const { source, secret } = await sources.rotate(exchange.principal, exchange.param("name"));
        sendJson(exchange, { ...toSourceJson(edge, source), secret });
      },
    },
    {
      method: "DELETE",
      path: "/v1/agents/{name}/source",
      policy: "repository.manage",
      summary: "Disconnect the repository at once",
      status: 204,
      handle: async (exchange) => {
        await sources.disconnect(exchange.principal, exchange.param("name"));
        sendEmpty(exchange);
      },
    },
    {
      method: "POST",
      path: "/v1/hooks/git/{id}",
      policy: "none",
      summary:
        "A delivery of GitHub's or GitLab's: a push to the branch deploys its commit. The signature is the credential",
      body: "application/json",
      status: 202,
      handle: async (exchange) => await receive(edge, exchange),
    },
  ];
}

async function receive({ control }: Edge, exchange: Exchange): Promise<void> {
  assertJson(exchange.req);
  const body = await readBody(exchange.req, MAX_DELIVERY_BYTES);
  const header = (name: string): string | undefined => exchange.header(name);
  const outcome = await control.sources.receive(exchange.param("id"), { header, body });
  sendJson(exchange, outcome, { status: 202 });
}

function toSourceJson({ baseUrl }: Edge, { sourceId, agentName, ...source }: Source): object {
  return { id: sourceId, agent: agentName, ...source, webhookUrl: `${baseUrl()}/v1/hooks/git/${sourceId}` };
}

/** @throws INVALID_PARAMS with every field that does not fit. */
function parseConnection(body: unknown): NewSourceConnection {
  const members = new Map<string, unknown>(typeof body === "object" && body !== null ? Object.entries(body) : []);
  const violations: FieldViolation[] = [];
  const text = (field: string): string | undefined => {
    const value = members.get(field);
    if (value === undefined || value === null) return undefined;
    if (typeof value === "string" && value !== "" && value.length <= 1_024) return value;
    violations.push({ field, description: "must be text of at most 1,024 characters" });
    return undefined;
  };
  const [url, wanted, branch, path, credential] = ["url", "kind", "branch", "path", "credential"].map(text);
  if (url === undefined) violations.push({ field: "url", description: "must be the URL of a repository" });
  const kind = SOURCE_KINDS.find((known) => known === wanted);
  if (wanted !== undefined && kind === undefined) {
    violations.push({ field: "kind", description: `must be one of ${SOURCE_KINDS.join(", ")}` });
  }
  const autoDeploy = members.get("autoDeploy");
  if (autoDeploy !== undefined && typeof autoDeploy !== "boolean") {
    violations.push({ field: "autoDeploy", description: "must be true or false" });
  }
  if (url === undefined || violations.length > 0) throw invalidParams(violations);
  return {
    url,
    ...(kind === undefined ? {} : { kind }),
    ...(branch === undefined ? {} : { branch }),
    ...(path === undefined ? {} : { path }),
    ...(credential === undefined ? {} : { credential }),
    ...(typeof autoDeploy === "boolean" ? { autoDeploy } : {}),
  };
}
