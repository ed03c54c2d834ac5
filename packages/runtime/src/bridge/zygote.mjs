/**
 * The first program of a warm jail: Node as warm as it gets without an agent, waiting to become one. It asks the
 * platform for its agent on a socket that is gone before the agent's code begins. Like bridge.cjs it guards nothing: the
 * jail around it is the agent's jail already.
 */
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer, get, setGlobalProxyFromEnv } from "node:http";
import { createRequire, flushCompileCache } from "node:module";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
// What servers, and the SDK's among them, load before they listen.
import "node:async_hooks";
import "node:buffer";
import "node:crypto";
import "node:fs/promises";
import "node:process";
import "node:stream";
import "node:stream/promises";
import "node:util";

const BRIDGE = "/opt/berth/bridge.cjs";
const ORDERS = "/run/start.sock";
const WARM_UP = "/run/agent/warm.sock";
const CARD = "/.well-known/agent-card.json";
const RECORD_TIMEOUT_MS = 15_000;
const require = createRequire(import.meta.url);

await serveOnce();
const orders = await receiveOrders();
become(orders);
if (orders.record === undefined) await import(pathToFileURL(process.argv[1]).href);
else await record(orders);

/** The first request costs several times the second: it is spent on nobody. */
async function serveOnce() {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify({ ok: true }));
  });
  await new Promise((resolve) => server.listen(WARM_UP, resolve));
  await ask(WARM_UP);
  await new Promise((resolve) => server.close(resolve));
}

function ask(socketPath) {
  return new Promise((resolve, reject) => {
    const asked = get({ socketPath, path: CARD, agent: false }, (response) => {
      response.resume().once("close", resolve);
    });
    asked.once("error", reject);
  });
}

/** All that the platform says, then the end. Nothing of the connection is left when this resolves. */
async function receiveOrders() {
  const socket = connect({ path: ORDERS, allowHalfOpen: true });
  const chunks = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  await once(socket, "end");
  const received = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  if (received.record === true) return { ...received, record: socket };
  socket.destroy();
  await once(socket, "close");
  return received;
}

/** From here on everything looks as if Node had been started for this agent. */
function become({ entry, env }) {
  // Set by the jail itself, in every jail.
  for (const name of Object.keys(process.env)) if (name !== "PWD") delete process.env[name];
  Object.assign(process.env, env);
  process.argv[1] = entry;
  if (process.env.NODE_USE_ENV_PROXY === "1") setGlobalProxyFromEnv();
  delete require.cache[BRIDGE];
  require(BRIDGE);
}

/** Runs the program, without anybody to talk to, for the code that V8 made of it. */
async function record({ cacheFolder, record: socket }) {
  const listenPath = process.env.BERTH_LISTEN;
  import(pathToFileURL(process.argv[1]).href).catch(() => {});
  const end = Date.now() + RECORD_TIMEOUT_MS;
  while (!existsSync(listenPath) && Date.now() < end) await delay(20);
  await ask(listenPath).catch(() => {});
  flushCompileCache();
  const files = readdirSync(cacheFolder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => ({ file, content: readFileSync(join(file.parentPath, file.name)) }));
  const table = files.map(({ file, content }) => ({
    folder: file.parentPath.slice(cacheFolder.length + 1),
    name: file.name,
    bytes: content.length,
  }));
  socket.write(`${JSON.stringify(table)}\n`);
  for (const { content } of files) socket.write(content);
  socket.end(() => process.exit(0));
}
