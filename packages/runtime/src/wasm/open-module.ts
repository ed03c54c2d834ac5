import { readFile, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { PlatformError } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import type { Cage, OpenContext, ProcessEnd } from "../driver/cage.ts";
import { instanceKey, makeFolder } from "../driver/base-folder.ts";
import { describeDenial } from "../egress/egress-denial.ts";
import { openEgressProxy } from "../egress/egress-proxy.ts";
import type { EgressNetwork } from "../egress/egress-proxy.ts";
import type { ReleaseSpec } from "../sandbox-driver.ts";
import { EgressFetch } from "./egress-fetch.ts";
import type { HostAnswer } from "./host-client.ts";
import type { StartOptions } from "./host/main.ts";
import { INSTANCE_HEADER } from "./host/wire-names.ts";
import type { OrgHost } from "./org-host.ts";

const MAX_MODULE_BYTES = 64 * 1024 * 1024;
const MAX_CARD_BYTES = 1024 * 1024;
/** Longer than any grace: the caller's own comes first, and then `kill`. */
const TERMINATE_MS = 3_600_000;

export interface ModuleSite {
  readonly host: OrgHost;
  readonly runFolder: string;
  readonly network: EgressNetwork | undefined;
}

/** Starts a module on its organization's host. */
export async function openModule(site: ModuleSite, spec: ReleaseSpec, context: OpenContext): Promise<Cage> {
  const { host } = site;
  const { stack, output, signal, instanceId } = context;
  const ended = Promise.withResolvers<ProcessEnd>();
  let outOfMemory = false;
  const fetch = new EgressFetch(await openWayOut(site, spec, context), site.network?.authority);
  stack.defer(() => fetch.close());
  const leave = host.add(instanceId, {
    services: context.services,
    fetch,
    onLine: (line, stream) => output.note(line, stream),
    onEnd: (why, exit) => {
      output.note(`[berth] ${why}`, "stderr");
      outOfMemory = exit?.reason === "AGENT_OUT_OF_MEMORY";
      ended.resolve({ code: exit?.exitCode ?? 1, signal: exit?.signal ?? null });
    },
  });
  stack.defer(leave);
  const stop = async (graceMs: number): Promise<void> => {
    // A host that is gone has told the end already, or is about to.
    await host.client.tell(instanceId, `stop-${graceMs}`).catch(() => {});
    ended.resolve({ code: 0, signal: null });
  };
  stack.defer(() => stop(0));
  await start(site, spec, context);
  signal.throwIfAborted();
  return {
    ended: ended.promise,
    socketPath: host.instance.socketPath,
    headers: { [INSTANCE_HEADER]: instanceId },
    findSocket: () => Promise.resolve(host.instance.socketPath),
    terminate: () => {
      void stop(TERMINATE_MS);
      return true;
    },
    kill: () => stop(0),
    freeze: async () => void (await host.client.tell(instanceId, "freeze")),
    thaw: async () => void (await host.client.tell(instanceId, "thaw")),
    usage: async () => {
      const { body } = await host.client.tell(instanceId, "stats");
      return { rssBytes: body.memoryBytes ?? 0, cpuMs: body.cpuMs ?? 0, processes: 0 };
    },
    ranOutOfMemory: () => Promise.resolve(outOfMemory),
  };
}

async function start({ host }: ModuleSite, spec: ReleaseSpec, { instanceId, signal }: OpenContext): Promise<void> {
  const { releaseId, env, limits } = spec;
  const card = await readCard(spec);
  const options: StartOptions = {
    releaseId,
    env,
    memoryMb: limits.memoryMb,
    cpu: limits.cpu,
    ...(card === undefined ? {} : { card }),
  };
  let answer = await host.client.start(instanceId, options, signal);
  if (answer.status === 404) {
    const module = await readInside(spec, spec.entry, MAX_MODULE_BYTES);
    if (module === undefined) throw new PlatformError("CONFIG_INVALID", `The release has no file ${spec.entry}.`);
    refuse(spec, await host.client.addRelease(releaseId, limits.memoryMb, module, signal));
    answer = await host.client.start(instanceId, options, signal);
  }
  refuse(spec, answer);
}

function refuse({ agentName }: ReleaseSpec, { status, body }: HostAnswer): void {
  if (status === 200) return;
  throw new PlatformError("AGENT_START_FAILED", `Agent ${agentName} could not be started: ${body.message ?? status}`, {
    hint: "What a module must export and may import is in docs/reference/wasm.md.",
  });
}

async function readCard(spec: ReleaseSpec): Promise<JsonObject | undefined> {
  const text = await readInside(spec, "agent-card.json", MAX_CARD_BYTES);
  if (text === undefined) return undefined;
  try {
    // An object or not: the platform parses the card that comes of it.
    return JSON.parse(text.toString("utf8")) as JsonObject;
  } catch (error) {
    throw new PlatformError("CARD_INVALID", "agent-card.json is not JSON.", { cause: error });
  }
}

/** Undefined when it is not there. */
async function readInside({ folder }: ReleaseSpec, name: string, maxBytes: number): Promise<Buffer | undefined> {
  const path = join(folder, name);
  if (!path.startsWith(folder + sep)) {
    throw new PlatformError("CONFIG_INVALID", "The agent's entry file must be inside its folder.");
  }
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  if (found.size > maxBytes) {
    throw new PlatformError("CONFIG_INVALID", `${name} is larger than ${maxBytes / 1_048_576} MiB.`);
  }
  return await readFile(path);
}

/** A proxy as every agent's, on a socket that only the platform reaches. */
async function openWayOut(site: ModuleSite, spec: ReleaseSpec, context: OpenContext): Promise<string | undefined> {
  const { egress, upstreams = {}, usesModels } = spec;
  if (usesModels !== true && egress.length === 0 && Object.keys(upstreams).length === 0) return undefined;
  await makeFolder(site.runFolder, 0o700);
  const socketPath = join(site.runFolder, `${instanceKey(context.instanceId)}.sock`);
  const proxy = await openEgressProxy(socketPath, {
    allow: egress,
    upstreams,
    ...(context.secrets === undefined ? {} : { secrets: context.secrets }),
    ...(context.services === undefined ? {} : { services: context.services }),
    onDecision: (decision) => {
      context.onEgress(decision);
      if (decision.decision === "denied") context.output.note(describeDenial(decision), "stderr");
    },
    ...(site.network === undefined ? {} : { network: site.network }),
  });
  context.stack.defer(() => proxy.close());
  return socketPath;
}
