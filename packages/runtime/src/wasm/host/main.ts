import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody, readJson, sendJson, serveA2a } from "./a2a.ts";
import { cardOf } from "./agent-card.ts";
import { ThreadPool } from "./agent-thread.ts";
import { HostedAgent } from "./hosted-agent.ts";
import { checkSurface } from "./module/check-surface.ts";
import { prepareModule } from "./module/prepare-module.ts";
import { ModuleRefused } from "#wasm";
import { INSTANCE_HEADER } from "./wire-names.ts";

// The host of all WebAssembly agents of one organization, in a jail of its own. The platform alone reaches its socket:
// requests with the instance's header are A2A for that agent, the others say what to run.

interface Release {
  readonly module: WebAssembly.Module;
  card: object | undefined;
}

const MAX_RELEASES = 64;
/** The pipe's reader cuts longer ones. */
const MAX_LINE_CHARS = 8 * 1024;
const STALL_MS = 10_000;
const { BERTH_LISTEN: listen = "", BERTH_SERVICES: services = "" } = process.env;

const threads = new ThreadPool(STALL_MS);
const releases = new Map<string, Release>();
const agents = new Map<string, HostedAgent>();

/** One line of standard output: whose it is, what it is, and the text. The driver takes it apart. */
function tell(instanceId: string, kind: "stdout" | "stderr" | "exit", text: string): void {
  // What `log` was given may hold line ends, and a line of our own form must not come of it.
  const line = text.slice(0, MAX_LINE_CHARS).replace(/[\r\n]+/g, " ");
  process.stdout.write(`${instanceId}\t${kind}\t${line}\n`);
}

const server = createServer((request, response) => {
  serve(request, response).catch((error: unknown) => {
    if (!response.headersSent) sendJson(response, 500, { message: String(error) });
    else response.destroy();
  });
});
server.keepAliveTimeout = 120_000;
server.requestTimeout = 0;
server.listen(listen);
process.on("SIGTERM", () => process.exit(0));

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const named = request.headers[INSTANCE_HEADER];
  if (typeof named === "string") {
    const agent = agents.get(named);
    if (agent === undefined) sendJson(response, 404, { message: "There is no such instance." });
    else await serveA2a(agent, request, response);
    return;
  }
  const [, noun, id = "", verb] = (request.url ?? "").split("/").map(decodeURIComponent);
  if (noun === "releases" && request.method === "PUT") await addRelease(id, request, response);
  else if (noun === "instances" && request.method === "PUT") await startAgent(id, await readJson(request), response);
  else if (noun === "instances") await steerAgent(id, verb, response);
  else sendJson(response, 200, {});
}

/** The module's bytes; what they must not exceed is in a header, since a module is prepared for its memory limit. */
async function addRelease(releaseId: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const prepared = prepareModule(new Uint8Array(await readBody(request)), Number(request.headers["berth-memory-mb"]));
    const module = await WebAssembly.compile(prepared);
    checkSurface(module);
    releases.set(releaseId, { module, card: undefined });
    const [oldest] = releases.keys();
    if (releases.size > MAX_RELEASES && oldest !== undefined) releases.delete(oldest);
    sendJson(response, 200, {});
  } catch (error) {
    if (!(error instanceof ModuleRefused)) throw error;
    sendJson(response, 422, { message: error.message });
  }
}

async function startAgent(
  instanceId: string,
  options: Awaited<ReturnType<typeof readJson>>,
  response: ServerResponse,
): Promise<void> {
  // host-client.ts builds it.
  const { releaseId, env, memoryMb, cpu, card } = options as unknown as StartOptions;
  const release = releases.get(releaseId);
  if (release === undefined) return sendJson(response, 404, { message: "The release is not here." });
  // Last used is last forgotten.
  releases.delete(releaseId);
  releases.set(releaseId, release);
  const agent: HostedAgent = new HostedAgent({
    instanceId,
    module: release.module,
    env,
    memoryMb,
    cpu: Math.min(1, cpu),
    servicesPath: services.replace(/^unix:/, ""),
    threads,
    onLine: (stream, text) => tell(instanceId, stream, text),
    onEnd: (why) => {
      agents.delete(instanceId);
      tell(instanceId, "exit", why);
    },
  });
  agents.set(instanceId, agent);
  const end = async (): Promise<void> => {
    agents.delete(instanceId);
    await agent.stop(0);
  };
  // Nobody waits for it any more: what it says of itself may be a loop.
  response.once("close", () => {
    if (!response.writableFinished) void end();
  });
  try {
    release.card ??= cardOf(card ?? (await agent.describe()));
    // `cardOf` made it of JSON.
    agent.card = release.card as NonNullable<HostedAgent["card"]>;
    return sendJson(response, 200, {});
  } catch (error) {
    await end();
    return sendJson(response, 422, { message: error instanceof Error ? error.message : String(error) });
  }
}

/** What `PUT /instances/<id>` says. */
export interface StartOptions {
  readonly releaseId: string;
  readonly env: { readonly [name: string]: string };
  readonly memoryMb: number;
  readonly cpu: number;
  /** agent-card.json, where it lies beside the module. */
  readonly card?: Parameters<typeof cardOf>[0];
}

async function steerAgent(instanceId: string, verb: string | undefined, response: ServerResponse): Promise<void> {
  const agent = agents.get(instanceId);
  if (agent === undefined) return sendJson(response, 404, { message: "There is no such instance." });
  if (verb === "stats") return sendJson(response, 200, await agent.stats());
  if (verb === "freeze") agent.freeze();
  else if (verb === "thaw") agent.thaw();
  else {
    await agent.stop(Number(verb?.replace("stop-", "") ?? 0));
    agents.delete(instanceId);
  }
  return sendJson(response, 200, {});
}
