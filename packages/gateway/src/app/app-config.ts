import { findAddressed } from "../edge/addressed-release.ts";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { sendCached } from "../edge/respond.ts";
import type { AgentTarget } from "../edge/routes.ts";
import { APP_HEADERS } from "./app-headers.ts";
import { assertOwnHost } from "./serve-app.ts";

/** What an app must know to call its agent; from the store alone. */
export async function sendAppConfig(edge: Edge, exchange: Exchange, target: AgentTarget): Promise<void> {
  assertOwnHost(exchange);
  const { agent, release } = await findAddressed(edge.control, exchange.principal, target);
  const { base } = target;
  const { card, config, skillSchemas } = release;
  const body = {
    agent: { name: agent.name, title: card.name, description: card.description, version: card.version },
    release: release.releaseId,
    protocolVersions: config.protocolVersions,
    endpoints: {
      card: `${base}/.well-known/agent-card.json`,
      a2a: `${base}/`,
      httpJson: base,
      mcp: `${base}/mcp`,
      invoke: `${base}/invoke/{skill}`,
      tasks: `${base}/tasks`,
      events: `${base}/sse/{task}`,
      session: `${base}/auth/session`,
      signIn: `${base}/auth/sign-in`,
      signOut: `${base}/auth/sign-out`,
    },
    skills: card.skills.map(({ id, name, description, tags }) => {
      const { inputSchema, outputSchema } = skillSchemas.find((each) => each.id === id) ?? {};
      return {
        id,
        name,
        description,
        tags,
        ...(inputSchema === undefined ? {} : { inputSchema }),
        ...(outputSchema === undefined ? {} : { outputSchema }),
      };
    }),
  };
  sendCached(exchange, JSON.stringify(body), {
    contentType: "application/json",
    cacheControl: "private, no-cache",
    headers: APP_HEADERS,
  });
}
