import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AgentService } from "./agent-service.ts";
import { withCalledAddress } from "./called-address.ts";
import { handleHttpJson } from "./http-json.ts";
import { sendJson } from "./http-response.ts";
import { handleJsonRpc } from "./json-rpc.ts";
import { handleReasoningEngine, isReasoningEnginePath } from "./reasoning-engine.ts";

/** Longer than the idle time of any pool in front of it: else a request meets a connection that just closed. */
const KEEP_ALIVE_MS = 120_000;

/** Routes to the two bindings and the card. `service` is asked per request: the address is known only after listening. */
export function createAgentServer(service: () => AgentService): Server {
  const server = createServer((request, response) => {
    handle(service(), request, response).catch((error: unknown) => {
      process.stderr.write(`request failed: ${error instanceof Error ? error.stack : String(error)}\n`);
      response.destroy();
    });
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  // A blocking send and a stream last as long as the agent works; only receiving the request is timed.
  server.timeout = 0;
  return server;
}

async function handle(service: AgentService, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = URL.parse(request.url ?? "/", "http://localhost");
  if (url === null) return sendJson(response, { status: 400, body: { error: { code: 400, message: "Bad address." } } });
  if (url.pathname === "/.well-known/agent-card.json" && request.method === "GET") {
    return sendCard(service, request, response);
  }
  // What asks whether a container is up knows no A2A.
  if (url.pathname === "/health" && (request.method === "GET" || request.method === "HEAD")) {
    return sendJson(response, { body: { status: "ok" }, headers: { "cache-control": "no-store" } });
  }
  if (request.method === "POST" && isReasoningEnginePath(url.pathname)) {
    return handleReasoningEngine(service, request, response, url.pathname);
  }
  if (url.pathname === "/" && request.method === "POST") return handleJsonRpc(service, request, response, url);
  return handleHttpJson(service, request, response, url);
}

function sendCard(service: AgentService, request: IncomingMessage, response: ServerResponse): void {
  const card = withCalledAddress(service.card(), request.headers);
  const etag = `"${createHash("sha256").update(JSON.stringify(card)).digest("base64url").slice(0, 22)}"`;
  const headers = { etag, "cache-control": "public, max-age=60", vary: "host, x-forwarded-proto" };
  if (request.headers["if-none-match"] === etag) {
    response.writeHead(304, headers);
    response.end();
    return;
  }
  sendJson(response, { body: card, headers });
}
