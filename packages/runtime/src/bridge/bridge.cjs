"use strict";

/**
 * Loaded before an agent's own code, in the agent's process. It connects what the platform offers, a unix socket for
 * requests and one for the way out, with what programs expect, TCP on localhost. It guards nothing: an agent may change
 * it and harms only itself. CommonJS without dependencies, since it is mounted alone into the jail.
 */

const { existsSync, readFileSync } = require("node:fs");
const { enableCompileCache } = require("node:module");
const net = require("node:net");
const { isMainThread } = require("node:worker_threads");

const EAGER_MS = 10;
const EAGER_LOOKS = 300;
const LAZY_MS = 250;

const settings = process.env.BERTH_BRIDGE;
// A forked child inherits --require but not this variable: the agent's first process alone is the bridge.
if (isMainThread && settings !== undefined) {
  delete process.env.BERTH_BRIDGE;
  const { egress, proxyPort, services, telemetryPort, parent, cache } = JSON.parse(settings);
  // Read-only but for the one run that makes it; Node then keeps what it cannot write to itself.
  if (cache !== undefined) enableCompileCache(cache);
  if (parent !== undefined) endWithParent(parent);
  if (egress !== undefined) forward(proxyPort, egress);
  if (telemetryPort !== undefined) forward(telemetryPort, services);
  offerTcpServer(process.env.BERTH_LISTEN, Number(process.env.PORT));
}

/** Once the program listens on its port and not on the unix socket, puts the unix socket before the port. */
function offerTcpServer(listenPath, port) {
  let looks = 0;
  const later = () => {
    looks++;
    setTimeout(look, looks < EAGER_LOOKS ? EAGER_MS : LAZY_MS).unref();
  };
  const look = () => {
    if (existsSync(listenPath)) return;
    tryHosts(["127.0.0.1", "::1"], port, (host) => {
      if (host === undefined) later();
      else if (!existsSync(listenPath)) pipeServer(listenPath, () => net.connect({ host, port, noDelay: true }));
    });
  };
  later();
}

function tryHosts([host, ...others], port, done) {
  if (host === undefined) {
    done(undefined);
    return;
  }
  const socket = net.connect({ host, port });
  socket.unref();
  socket.once("connect", () => {
    socket.destroy();
    done(host);
  });
  socket.once("error", () => tryHosts(others, port, done));
}

/** A port of 127.0.0.1, which HTTP_PROXY or OTEL_EXPORTER_OTLP_ENDPOINT names, to one of the platform's sockets. */
function forward(port, socket) {
  pipeServer({ host: "127.0.0.1", port }, () => net.connect(socket));
}

function pipeServer(address, connect) {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (incoming) => {
    const outgoing = connect();
    outgoing.allowHalfOpen = true;
    const end = () => {
      incoming.destroy();
      outgoing.destroy();
    };
    for (const socket of [incoming, outgoing]) socket.on("error", end);
    incoming.on("close", () => outgoing.destroy());
    outgoing.on("close", () => incoming.destroy());
    incoming.pipe(outgoing);
    outgoing.pipe(incoming);
  });
  server.on("error", (error) => {
    process.stderr.write(`berth bridge: ${error.message}\n`);
  });
  // A program whose work is done ends, bridge or not.
  server.unref();
  server.listen(address);
}

/** Without a jail nothing ends an agent when its platform is killed; here it looks for itself. */
function endWithParent({ pid, startTime }) {
  setInterval(() => {
    if (isThere(pid, startTime)) return;
    try {
      // The process group: the agent was started as the leader of its own.
      process.kill(-process.pid, "SIGKILL");
    } catch {
      process.exit(1);
    }
  }, 1000).unref();
}

function isThere(pid, startTime) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== "EPERM") return false;
  }
  if (startTime === undefined) return true;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] === startTime;
  } catch {
    return false;
  }
}
