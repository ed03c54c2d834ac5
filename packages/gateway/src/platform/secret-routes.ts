import type { ListedSecret, SecretAddress, SecretInfo } from "@berth/control";
import { invalidParams } from "@berth/protocol";
import type { FieldViolation } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { readJson } from "../edge/read-body.ts";
import { sendEmpty, sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { membersOf } from "./body.ts";

const AGENT = { name: "agent", description: "Of this agent alone; default: of the organization." };

/** Values go in here and nowhere out. */
export function secretRoutes(edge: Edge): readonly PlatformRoute[] {
  const { secrets } = edge.control;
  return [
    {
      method: "GET",
      path: "/v1/secrets",
      policy: "secret.read",
      summary: "The names of the secrets and the agents that use them; values are never shown",
      handle: async (exchange) => {
        const listed = await secrets.list(exchange.principal);
        sendJson(exchange, { secrets: listed.map(toListedJson) });
      },
    },
    {
      method: "PUT",
      path: "/v1/secrets/{name}",
      policy: "secret.manage",
      summary: "Set a secret, or replace its value. It holds from the next call to an upstream on",
      query: [AGENT],
      body: "application/json",
      handle: async (exchange) => {
        const content = parseContent(await readJson(exchange, edge.limits));
        const kept = await secrets.put(exchange.principal, addressOf(exchange), content);
        sendJson(exchange, toSecretJson(kept));
      },
    },
    {
      method: "DELETE",
      path: "/v1/secrets/{name}",
      policy: "secret.manage",
      summary: "Remove a secret; calls that need it fail from now on",
      query: [AGENT],
      status: 204,
      handle: async (exchange) => {
        await secrets.remove(exchange.principal, addressOf(exchange));
        sendEmpty(exchange);
      },
    },
  ];
}

function addressOf(exchange: Exchange): SecretAddress {
  const agentName = exchange.query.get("agent");
  return { name: exchange.param("name"), ...(agentName === null ? {} : { agentName }) };
}

function toSecretJson({ agentName, hosts, ...rest }: SecretInfo): object {
  return { ...rest, agent: agentName ?? null, hosts: hosts ?? null };
}

function toListedJson({ usedBy, ...secret }: ListedSecret): object {
  return { ...toSecretJson(secret), usedBy };
}

/** What came in is never said again, not even in an error. @throws INVALID_PARAMS with every field that does not fit. */
function parseContent(body: unknown): { readonly value: string; readonly hosts?: readonly string[] } {
  const { value, hosts } = membersOf(body);
  const violations: FieldViolation[] = [];
  if (typeof value !== "string") violations.push({ field: "value", description: "must be a text" });
  if (hosts !== undefined && !isTexts(hosts)) {
    violations.push({ field: "hosts", description: "must be a list of hosts, at least one" });
  }
  if (violations.length > 0) throw invalidParams(violations);
  return { value: String(value), ...(isTexts(hosts) ? { hosts } : {}) };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === "string");
}
