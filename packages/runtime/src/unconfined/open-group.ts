import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { lstat } from "node:fs/promises";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { PlatformError } from "@berth/protocol";
import { agentEnvironment } from "../driver/agent-environment.ts";
import { instanceKey } from "../driver/base-folder.ts";
import type { Cage, OpenContext } from "../driver/cage.ts";
import { followChild } from "../driver/child-end.ts";
import { coverForeignDescriptors } from "../driver/foreign-descriptors.ts";
import { watchMemory } from "../driver/memory-watch.ts";
import { heapOption } from "../driver/node-options.ts";
import { signal } from "../driver/process-tree.ts";
import type { ReleaseSpec } from "../sandbox-driver.ts";
import { openServicesSocket } from "../services/services-socket.ts";
import { agentListenPath, endGroup, identify, signalGroup, usageOfGroup } from "./agent-processes.ts";
import { makeGroupFolder, removeGroupFolder } from "./group-folder.ts";
import { writeRecord } from "./run-record.ts";

const BRIDGE = fileURLToPath(new URL("../bridge/bridge.cjs", import.meta.url));
const MEGABYTE = 1024 * 1024;

/** Starts the agent as the leader of its own process group. */
export async function openGroup(
  runFolder: string,
  nodePath: string,
  spec: ReleaseSpec,
  context: OpenContext,
): Promise<Cage> {
  const { stack, output } = context;
  const path = join(runFolder, instanceKey(context.instanceId));
  stack.defer(() => removeGroupFolder(path));
  await makeGroupFolder(path);
  const entry = join(spec.folder, spec.entry);
  if (!entry.startsWith(spec.folder + sep)) {
    throw new PlatformError("CONFIG_INVALID", "The agent's entry file must be inside its folder.");
  }
  const listenPath = agentListenPath(path);
  const parent = (await identify(process.pid)) ?? { pid: process.pid, startTime: "" };
  const servicesPath = join(path, "services.sock");
  if (context.services !== undefined) {
    const socket = await openServicesSocket(servicesPath, context.services);
    stack.defer(() => socket.close());
  }
  const telemetryPort = await freePort();
  const env = agentEnvironment(spec, {
    listenPath,
    port: await freePort(),
    tmpFolder: join(path, "tmp"),
    ...(context.services === undefined ? {} : { servicesPath, telemetryPort }),
    bridge: {
      ...(context.services === undefined ? {} : { services: servicesPath, telemetryPort }),
      parent: process.platform === "linux" ? parent : { pid: parent.pid },
    },
  });
  context.signal.throwIfAborted();

  await using covered = await coverForeignDescriptors(["ignore", "pipe", "pipe"]);
  const child = spawn(nodePath, [...heapOption(spec.limits), "--require", BRIDGE, entry], {
    cwd: spec.folder,
    env,
    detached: true,
    stdio: covered.stdio,
  });
  const ended = followChild(child, output);
  const { pid } = child;
  const leader = pid === undefined ? undefined : ((await identify(pid)) ?? { pid, startTime: "" });
  const end = async (): Promise<void> => {
    if (pid !== undefined) signal(-pid, "SIGKILL");
    await endGroup(path, leader);
    await ended;
  };
  let killed: Promise<void> | undefined;
  const kill = (): Promise<void> => (killed ??= end());
  stack.defer(kill);
  if (leader === undefined) {
    await ended;
    throw new PlatformError("AGENT_START_FAILED", `Agent ${spec.agentName} could not be started: ${output.tail}`);
  }
  await writeRecord(path, leader);
  const watch = stack.use(
    watchMemory({
      limitBytes: spec.limits.memoryMb * MEGABYTE,
      read: async () => (await usageOfGroup(leader)).ownBytes,
      onExceeded: () => void kill(),
    }),
  );
  return {
    ended,
    socketPath: listenPath,
    findSocket: async () => ((await isSocket(listenPath)) ? listenPath : undefined),
    terminate: () => signal(leader.pid, "SIGTERM"),
    kill,
    freeze: () => signalGroup(path, leader, "SIGSTOP"),
    thaw: () => signalGroup(path, leader, "SIGCONT"),
    usage: async () => {
      const { rssBytes, cpuMs, processes } = await usageOfGroup(leader);
      return { rssBytes, cpuMs, processes };
    },
    ranOutOfMemory: () => Promise.resolve(watch.exceeded()),
  };
}

async function isSocket(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isSocket() === true;
}

/** The host's ports are shared: one that is free now. A program that uses BERTH_LISTEN never needs it. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
  });
}
