import { PlatformError } from "@berth/protocol";
import { createProcessDriver } from "../../src/process/process-driver.ts";
import type { Instance, InstanceObserver, SandboxDriver } from "../../src/sandbox-driver.ts";
import { createUnconfinedDriver } from "../../src/unconfined/unconfined-driver.ts";
import type { FromHost, ToHost } from "./host-messages.ts";

// A process that holds a driver, to be run as another user and to be killed. Spoken to over Node's IPC channel.

const [kind, home = ""] = process.argv.slice(2);
const driver: SandboxDriver = kind === "process" ? createProcessDriver({ home }) : createUnconfinedDriver({ home });
const instances = new Map<string, Instance>();
const aborts = new Map<string, AbortController>();

const send = (message: FromHost): void => {
  if (process.connected) process.send?.(message);
};

process.on("message", (message) => {
  // Only remote-driver.ts is at the other end.
  const asked = message as ToHost;
  void run(asked).then(
    (value) => {
      send({ kind: "done", id: asked.id, value });
    },
    (error: unknown) => {
      const reason = error instanceof PlatformError ? error.reason : undefined;
      const hint = error instanceof PlatformError ? error.hint : undefined;
      send({ kind: "failed", id: asked.id, message: String(error), ...(reason && { reason }), ...(hint && { hint }) });
    },
  );
});

function run(asked: ToHost): Promise<unknown> {
  if (asked.kind === "start") return start(asked);
  if (asked.kind === "call") return callInstance(asked);
  if (asked.kind !== "abort") return driver[asked.kind]();
  aborts.get(asked.instanceId)?.abort();
  return Promise.resolve();
}

async function start(asked: Extract<ToHost, { kind: "start" }>): Promise<unknown> {
  const { instanceId } = asked;
  const abort = new AbortController();
  aborts.set(instanceId, abort);
  const observer: InstanceObserver = {
    onOutput: (line, stream) => {
      send({ kind: "output", instanceId, line, stream });
    },
    onEgress: (decision) => {
      send({ kind: "egress", instanceId, decision });
    },
  };
  const instance = await driver.start(asked.spec, { instanceId, observer, signal: abort.signal });
  instances.set(instanceId, instance);
  void instance.exited.then((exit) => {
    send({ kind: "exited", instanceId, exit });
  });
  return { socketPath: instance.socketPath, startedAt: instance.startedAt, releaseId: instance.releaseId };
}

async function callInstance(asked: Extract<ToHost, { kind: "call" }>): Promise<unknown> {
  const instance = instances.get(asked.instanceId);
  if (instance === undefined) throw new Error(`no instance ${asked.instanceId}`);
  if (asked.method === "stop") return instance.stop(asked.graceMs ?? 0);
  return instance[asked.method]();
}
