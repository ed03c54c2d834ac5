import { PlatformError } from "@berth/protocol";
import { createContainerDriver } from "../../src/container/container-driver.ts";
import { createProcessDriver } from "../../src/process/process-driver.ts";
import type { ProcessDriver } from "../../src/process/process-driver.ts";
import type { Instance, InstanceObserver, SandboxDriver } from "../../src/sandbox-driver.ts";
import { createUnconfinedDriver } from "../../src/unconfined/unconfined-driver.ts";
import { createWasmDriver } from "../../src/wasm/wasm-driver.ts";
import type { FromHost, ToHost } from "./host-messages.ts";
import { TEST_PROGRAMS } from "./test-programs.ts";

// A process that holds a driver, to be run as another user and to be killed. Spoken to over Node's IPC channel.

const [kind, home = "", engineSocket = ""] = process.argv.slice(2);
/** As the contract's agents are, so that they can have one. */
const WARM = { memoryMb: 256, cpu: 1, processes: 128, tmpMb: 16, startTimeoutMs: 30_000 };
const WARM_COUNT = 2;
const { driver, others, warmJails } = makeDriver();
const instances = new Map<string, Instance>();
const aborts = new Map<string, AbortController>();

/** As the platform makes them: a WebAssembly driver stands on the two others. */
function makeDriver(): {
  readonly driver: SandboxDriver;
  readonly others: readonly SandboxDriver[];
  readonly warmJails?: ProcessDriver["warmJails"];
} {
  if (kind === "unconfined") return { driver: createUnconfinedDriver({ home }), others: [] };
  if (kind === "container") {
    const driver = createContainerDriver({ home, sockets: [engineSocket], programs: TEST_PROGRAMS });
    return { driver, others: [] };
  }
  if (kind === "warm") {
    const warm = createProcessDriver({ home, warmJails: { count: WARM_COUNT, limits: WARM } });
    return { driver: warm, others: [], warmJails: warm.warmJails };
  }
  const jails = createProcessDriver({ home });
  if (kind === "process") return { driver: jails, others: [] };
  const bare = createUnconfinedDriver({ home });
  return { driver: createWasmDriver({ home, jails, bare }), others: [jails, bare] };
}

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
  if (asked.kind === "warmJails") return warmJails?.() ?? Promise.resolve([]);
  if (asked.kind !== "abort") return together(asked.kind);
  aborts.get(asked.instanceId)?.abort();
  return Promise.resolve();
}

async function together(kind: "probe" | "sweep" | "close"): Promise<unknown> {
  const [answer] = await Promise.all([driver, ...others].map(async (each) => await each[kind]()));
  if (kind === "sweep") await warmJails?.();
  return answer;
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
  const { socketPath, startedAt, releaseId, headers, boot } = instance;
  return { socketPath, startedAt, releaseId, headers, boot };
}

async function callInstance(asked: Extract<ToHost, { kind: "call" }>): Promise<unknown> {
  const instance = instances.get(asked.instanceId);
  if (instance === undefined) throw new Error(`no instance ${asked.instanceId}`);
  if (asked.method === "stop") return instance.stop(asked.graceMs ?? 0);
  return instance[asked.method]();
}
