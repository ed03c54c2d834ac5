import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";
import type { TunnelRequest, TunnelResponse } from "@berth/protocol/wire/tunnel";

/** What an agent reaches of the platform, at the addresses where it would in a sandbox. */
export interface AgentDoors {
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export type AskPlatform = (request: TunnelRequest, signal: AbortSignal) => Promise<TunnelResponse>;

const OF_CONNECTION: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
  "host",
]);

/**
 * BERTH_SERVICES is a socket in a folder that only this user may enter. Exporters of OpenTelemetry know only TCP: their
 * address is on loopback, and takes telemetry and nothing else.
 */
export async function openAgentDoors(ask: AskPlatform): Promise<AgentDoors> {
  const folder = await mkdtemp(join(tmpdir(), "berth-dev-"));
  const socketPath = join(folder, "services.sock");
  const services = createServer((req, res) => void forward(req, res, ask));
  const telemetry = createServer((req, res) => {
    if (/^\/v1\/(?:traces|logs|metrics)$/.test(req.url ?? "")) void forward(req, res, ask);
    else res.writeHead(404).end();
  });
  services.listen(socketPath);
  telemetry.listen(0, "127.0.0.1");
  await Promise.all([once(services, "listening"), once(telemetry, "listening")]);
  const address = telemetry.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    env: {
      BERTH_SERVICES: `unix:${socketPath}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
    },
    async close() {
      await Promise.all([services, telemetry].map(closed));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function forward(req: IncomingMessage, res: ServerResponse, ask: AskPlatform): Promise<void> {
  const gone = new AbortController();
  req.on("error", () => {});
  res.on("error", () => {});
  res.once("close", () => gone.abort());
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(req.headers)) {
    if (typeof value === "string" && !OF_CONNECTION.has(name)) headers[name] = value;
  }
  try {
    const { method = "GET", url: path = "/" } = req;
    const answer = await ask({ method, path, headers, body: req }, gone.signal);
    res.writeHead(answer.status, answer.headers);
    await pipeline(Readable.from(answer.body), res);
  } catch {
    if (res.headersSent) res.destroy();
    else unavailable(res);
  }
}

/** As the services socket itself says it: clients try again. */
function unavailable(res: ServerResponse): void {
  const problem = {
    title: "SHUTTING_DOWN",
    reason: "SHUTTING_DOWN",
    status: 503,
    detail: "The platform is not connected.",
  };
  res.writeHead(503, { "content-type": "application/problem+json", "retry-after": "1", connection: "close" });
  res.end(JSON.stringify(problem));
}

async function closed(server: Server): Promise<void> {
  const done = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await done;
}
