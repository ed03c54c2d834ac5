import { WEBHOOK_KINDS } from "@berth/control";
import type { NewWebhook, Webhook } from "@berth/control";
import { invalidParams } from "@berth/protocol";
import type { FieldViolation, JsonValue } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { assertJson, parseBody, readBody, readJson } from "../edge/read-body.ts";
import { sendEmpty, sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";

/** Anybody may send until the signature is read; no sender of webhooks needs more. */
const MAX_DELIVERY_BYTES = 1024 * 1024;

export function webhookRoutes(edge: Edge): readonly PlatformRoute[] {
  const { webhooks } = edge.control;
  return [
    {
      method: "POST",
      path: "/v1/agents/{name}/webhooks",
      policy: "webhook.manage",
      summary: "Make a webhook that starts a skill; this answer is the only place where its secret is shown",
      body: "application/json",
      status: 201,
      handle: async (exchange) => {
        const request = parseNewWebhook(await readJson(exchange, edge.limits));
        const { webhook, secret } = await webhooks.create(exchange.principal, exchange.param("name"), request);
        sendJson(exchange, { ...toWebhookJson(edge, webhook), secret }, { status: 201 });
      },
    },
    {
      method: "GET",
      path: "/v1/agents/{name}/webhooks",
      policy: "webhook.manage",
      summary: "The caller's webhooks of this agent; for administrators all of them",
      handle: async (exchange) => {
        const listed = await webhooks.list(exchange.principal, exchange.param("name"));
        sendJson(exchange, { webhooks: listed.map((webhook) => toWebhookJson(edge, webhook)) });
      },
    },
    {
      method: "DELETE",
      path: "/v1/agents/{name}/webhooks/{id}",
      policy: "webhook.manage",
      summary: "Remove a webhook at once",
      status: 204,
      handle: async (exchange) => {
        await webhooks.remove(exchange.principal, exchange.param("name"), exchange.param("id"));
        sendEmpty(exchange);
      },
    },
    {
      method: "POST",
      path: "/hooks/{id}",
      policy: "none",
      summary: "A signed delivery: its JSON is the skill's input. The signature is the credential",
      body: "application/json",
      status: 202,
      handle: async (exchange) => await receive(edge, exchange),
    },
  ];
}

async function receive({ control, limits }: Edge, exchange: Exchange): Promise<void> {
  assertJson(exchange.req);
  const body = await readBody(exchange.req, MAX_DELIVERY_BYTES);
  const header = (name: string): string | undefined => exchange.header(name);
  const delivery = await control.webhooks.verify(exchange.param("id"), { header, body });
  // GitHub asks once whether anybody is there; that is no work for an agent.
  if (delivery.webhook.kind === "github" && delivery.event === "ping") return sendEmpty(exchange);
  // JSON.parse gives nothing but JSON values.
  const input = parseBody(body, limits) as JsonValue;
  const { taskId } = await control.webhooks.start(delivery, input);
  sendJson(exchange, { taskId }, { status: 202 });
}

function toWebhookJson(
  { baseUrl }: Edge,
  { webhookId, agentName, skill, kind, principalId, createdAt }: Webhook,
): object {
  const url = `${baseUrl()}/hooks/${webhookId}`;
  return { id: webhookId, agent: agentName, skill, kind, url, principalId, createdAt };
}

/** @throws INVALID_PARAMS with every field that does not fit. */
function parseNewWebhook(body: unknown): NewWebhook {
  const members = new Map<string, unknown>(typeof body === "object" && body !== null ? Object.entries(body) : []);
  const [skill, wanted, secret] = [members.get("skill"), members.get("kind") ?? "standard", members.get("secret")];
  const kind = WEBHOOK_KINDS.find((known) => known === wanted);
  const violations: FieldViolation[] = [];
  if (!isText(skill)) violations.push({ field: "skill", description: "must be the id of a skill" });
  if (kind === undefined) violations.push({ field: "kind", description: `must be one of ${WEBHOOK_KINDS.join(", ")}` });
  if (secret !== undefined && !isText(secret)) violations.push({ field: "secret", description: "must be text" });
  if (!isText(skill) || kind === undefined || violations.length > 0) throw invalidParams(violations);
  return { skill, kind, ...(isText(secret) ? { secret } : {}) };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= 512;
}
