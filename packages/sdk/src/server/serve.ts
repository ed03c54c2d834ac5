import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
import { createIdGenerator } from "@berth/protocol";
import type { AgentOptions, RunningAgent, ServeOptions } from "../define-agent.ts";
import { AgentService } from "./agent-service.ts";
import { createAgentServer } from "./http-server.ts";
import { createLogger } from "./logger.ts";
import { localTransport } from "../llm/transports.ts";
import { openServices } from "../services/services-client.ts";
import type { ServicesClient } from "../services/services-client.ts";
import { openLocalMemory } from "./local-memory.ts";
import { openLocalWorkspace } from "./workspace.ts";

const DEFAULT_PORT = 8080;
const DEFAULT_HOST = "127.0.0.1";
/** A platform kills what has not ended a little later than this. */
const DRAIN_MS = 10_000;

/** 1. listen; 2. answer; 3. on close or a signal: accept nothing new, let turns finish, end the streams, close. */
export async function serveAgent(agent: AgentOptions, options: ServeOptions): Promise<RunningAgent> {
  const listen = options.listen ?? listenFromEnvironment();
  let service: AgentService | undefined;
  const server = createAgentServer(() => {
    if (service === undefined) throw new Error("A request arrived before the agent was ready.");
    return service;
  });
  const url = await open(server, listen);
  const newId = createIdGenerator({ now: Date.now, randomBytes: (length) => randomBytes(length) });
  service = new AgentService({
    agent,
    url,
    workspace: openLocalWorkspace(),
    memory: openLocalMemory(() => newId("memory"), Date.now),
    services: servicesFromEnvironment(),
    localLlm: localTransport(process.env["OPENAI_BASE_URL"], process.env["OPENAI_API_KEY"]),
    newId,
    now: Date.now,
  });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= drainAndClose(server, service));
  if (options.handleSignals !== false) endOnSignals(close);
  // Whoever chose the address in code knows it; whoever set PORT=0 does not.
  if (options.listen === undefined) createLogger({}).info("listening", { url });
  return { url, close };
}

/** The agent contract: BERTH_LISTEN names a unix socket, PORT a TCP port. */
function listenFromEnvironment(): NonNullable<ServeOptions["listen"]> {
  const { BERTH_LISTEN, PORT, HOST } = process.env;
  if (BERTH_LISTEN !== undefined && BERTH_LISTEN !== "") return { socketPath: BERTH_LISTEN };
  const port = PORT === undefined || PORT === "" ? DEFAULT_PORT : Number(PORT);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`PORT must be a port number, not "${PORT}".`);
  return { port, host: HOST === undefined || HOST === "" ? DEFAULT_HOST : HOST };
}

/** The agent contract: BERTH_SERVICES names the platform's socket for this instance. */
function servicesFromEnvironment(): ServicesClient | undefined {
  const { BERTH_SERVICES } = process.env;
  return BERTH_SERVICES === undefined || BERTH_SERVICES === "" ? undefined : openServices(BERTH_SERVICES);
}

function open(server: Server, listen: NonNullable<ServeOptions["listen"]>): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const done = (): void => {
      server.off("error", reject);
      resolve(urlOf(server));
    };
    if ("socketPath" in listen) server.listen(listen.socketPath, done);
    else server.listen(listen.port, listen.host ?? DEFAULT_HOST, done);
  });
}

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === "string") return "http://localhost/";
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}/`;
}

async function drainAndClose(server: Server, service: AgentService): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  await service.drain(AbortSignal.timeout(DRAIN_MS));
  // What is left are streams of suspended tasks, and turns that took too long.
  setImmediate(() => server.closeAllConnections());
  await closed;
}

function endOnSignals(close: () => Promise<void>): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      void close().then(() => process.exit(0));
    });
  }
}
