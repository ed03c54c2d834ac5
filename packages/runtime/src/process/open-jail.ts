import { chmod, chown, realpath } from "node:fs/promises";
import { join } from "node:path";
import { PlatformError } from "@berth/protocol";
import { agentEnvironment } from "../driver/agent-environment.ts";
import { instanceKey } from "../driver/base-folder.ts";
import type { Cage, OpenContext } from "../driver/cage.ts";
import { followChild } from "../driver/child-end.ts";
import { describeDenial } from "../egress/egress-denial.ts";
import { openEgressProxy } from "../egress/egress-proxy.ts";
import type { EgressNetwork } from "../egress/egress-proxy.ts";
import type { ReleaseSpec } from "../sandbox-driver.ts";
import { openServicesSocket } from "../services/services-socket.ts";
import { spawnBwrap } from "./bwrap.ts";
import type { Bwrap, BwrapOptions } from "./bwrap.ts";
import { makeCageFolder, removeCageFolder } from "./cage-folder.ts";
import type { CageFolder } from "./cage-folder.ts";
import { limitsProcessesByUser } from "./capabilities.ts";
import type { Cgroup } from "./cgroup.ts";
import type { HostFacts } from "./host-facts.ts";
import { Jail } from "./jail.ts";
import { JAIL, nodeCommand, resourceLimits } from "./jail-arguments.ts";
import { isReachableByAll } from "./jail-files.ts";
import { jailMarker } from "./jail-marker.ts";

const MEGABYTE = 1024 * 1024;
const PORT = 8080;
const PROXY_PORT = 3128;
/** RLIMIT_DATA counts what V8 only reserves for code: below this much beyond the limit Node does not start. */
const DATA_HEADROOM_MB = 600;
const SOCKET_FOLDER_FILE_BYTES = 64 * MEGABYTE;

export interface JailHost {
  readonly home: string;
  readonly facts: HostFacts;
  readonly network: EgressNetwork | undefined;
}

/** Builds the jail from the outside in. Each part is on the stack before the next is begun. */
export async function openJail(host: JailHost, spec: ReleaseSpec, context: OpenContext): Promise<Cage> {
  const { facts } = host;
  const { stack, signal } = context;
  const key = instanceKey(context.instanceId);
  const uid = takeUid(facts, spec, stack);
  const ownerUid = uid ?? process.geteuid?.() ?? 0;
  if (uid !== undefined) await refuseUnreachable(spec);

  const path = join(facts.runFolder, key);
  stack.defer(() => removeCageFolder(path));
  const folder = await makeCageFolder(path, { uid: ownerUid, mount: facts.mountsTmpfs, chown: uid !== undefined });
  if (hasWayOut(spec)) await openWayOut(host, spec, folder, ownerUid, context);
  if (context.services !== undefined) await openServices(host, folder, ownerUid, context);
  const cgroup = await facts.cgroups?.create(key, spec.limits);
  if (cgroup !== undefined) stack.defer(() => cgroup.remove());
  signal.throwIfAborted();

  const marker = jailMarker(host.home, key);
  const bwrap = await spawnBwrap(
    bwrapOptions(facts, spec, folder, { uid, marker, services: context.services !== undefined }),
  );
  const ended = followChild(bwrap.child, context.output);
  const limit = cgroup?.controllers.has("memory") === true ? undefined : spec.limits.memoryMb * MEGABYTE;
  const jail = new Jail({ child: bwrap.child, ended, marker, folder, ownerUid, cgroup, memoryLimitBytes: limit });
  stack.use(jail);
  await enterLimits(jail, bwrap, cgroup, context);
  signal.throwIfAborted();
  bwrap.unblock();
  return jail;
}

/** While bwrap waits: learns the process inside and puts both under the limits. */
async function enterLimits(jail: Jail, bwrap: Bwrap, cgroup: Cgroup | undefined, context: OpenContext): Promise<void> {
  const innerPid = await Promise.race([bwrap.innerPid, aborted(context.signal)]);
  if (innerPid === undefined || bwrap.child.pid === undefined) {
    await Promise.race([jail.ended, aborted(context.signal)]);
    throw new Error(`bwrap ended before the jail was made: ${context.output.tail}`);
  }
  jail.setInnerPid(innerPid);
  // Both: with the outer process alone the agent would run outside the group.
  await cgroup?.add(bwrap.child.pid);
  await cgroup?.add(innerPid);
}

function bwrapOptions(
  facts: HostFacts,
  spec: ReleaseSpec,
  folder: CageFolder,
  identity: { readonly uid: number | undefined; readonly marker: string; readonly services: boolean },
): BwrapOptions {
  const withEgress = hasWayOut(spec);
  return {
    bwrapPath: facts.bwrapPath,
    seccompPath: facts.files.seccompPath,
    ...(identity.uid === undefined ? {} : { uid: identity.uid }),
    hostname: identity.marker,
    command: [
      ...resourceLimits(processLimits(facts, spec), facts.prlimitPath),
      ...nodeCommand(spec.entry, spec.limits),
    ],
    plan: {
      ...facts,
      ...facts.files,
      appFolder: spec.folder,
      agentFolder: folder.agentFolder,
      ...(withEgress ? { egressSocket: folder.egressSocket } : {}),
      ...(identity.services ? { servicesSocket: folder.servicesSocket } : {}),
      tmpBytes: spec.limits.tmpMb * MEGABYTE,
      env: agentEnvironment(spec, {
        listenPath: JAIL.listen,
        port: PORT,
        tmpFolder: JAIL.tmp,
        ...(withEgress ? { proxyPort: PROXY_PORT } : {}),
        ...(identity.services ? { servicesPath: JAIL.services } : {}),
        bridge: withEgress ? { egress: JAIL.egress, proxyPort: PROXY_PORT } : {},
      }),
    },
  };
}

/** bwrap would fail too, and say host paths in the agent's log. */
async function refuseUnreachable(spec: ReleaseSpec): Promise<void> {
  if (await isReachableByAll(await realpath(spec.folder))) return;
  throw new PlatformError("AGENT_START_FAILED", `The release of ${spec.agentName} cannot be read by its own user.`, {
    hint: "Keep releases below releasesFolder(home), readable by all.",
    internal: spec.folder,
  });
}

function takeUid(facts: HostFacts, spec: ReleaseSpec, stack: AsyncDisposableStack): number | undefined {
  if (facts.uids === undefined) return undefined;
  const uid = facts.uids.take(`${spec.orgId}/${spec.agentId}`);
  if (uid === undefined) throw new PlatformError("AGENT_OVERLOADED", "All host uids for agents are in use.");
  stack.defer(() => facts.uids?.release(uid));
  return uid;
}

function hasWayOut({ egress, upstreams }: ReleaseSpec): boolean {
  return egress.length > 0 || Object.keys(upstreams ?? {}).length > 0;
}

/** The proxy's socket is outside the folder the agent can write to, and belongs to its uid alone. */
async function openWayOut(
  host: JailHost,
  spec: ReleaseSpec,
  folder: CageFolder,
  ownerUid: number,
  context: OpenContext,
): Promise<void> {
  const proxy = await openEgressProxy(folder.egressSocket, {
    allow: spec.egress,
    ...(spec.upstreams === undefined ? {} : { upstreams: spec.upstreams }),
    ...(context.secrets === undefined ? {} : { secrets: context.secrets }),
    onDecision: (decision) => {
      context.onEgress(decision);
      if (decision.decision === "denied") {
        context.output.note(describeDenial(decision), "stderr");
      }
    },
    ...(host.network === undefined ? {} : { network: host.network }),
  });
  context.stack.defer(() => proxy.close());
  await handOver(host, folder.egressSocket, ownerUid);
}

/** Outside the agent's folder as the proxy's socket is: who connects is this instance. */
async function openServices(
  host: JailHost,
  folder: CageFolder,
  ownerUid: number,
  { services, stack }: OpenContext,
): Promise<void> {
  if (services === undefined) return;
  const socket = await openServicesSocket(folder.servicesSocket, services);
  stack.defer(() => socket.close());
  await handOver(host, folder.servicesSocket, ownerUid);
}

async function handOver({ facts }: JailHost, socketPath: string, ownerUid: number): Promise<void> {
  await chmod(socketPath, 0o600);
  if (facts.uids !== undefined) await chown(socketPath, ownerUid, ownerUid);
}

function processLimits(facts: HostFacts, spec: ReleaseSpec): Record<string, number> {
  const controllers = facts.cgroups?.controllers;
  return {
    core: 0,
    nofile: facts.maxOpenFiles,
    ...(facts.mountsTmpfs ? {} : { fsize: Math.max(SOCKET_FOLDER_FILE_BYTES, spec.limits.tmpMb * MEGABYTE) }),
    ...(controllers?.has("memory") === true ? {} : { data: (spec.limits.memoryMb + DATA_HEADROOM_MB) * MEGABYTE }),
    ...(controllers?.has("pids") !== true && limitsProcessesByUser(facts) ? { nproc: spec.limits.processes } : {}),
  };
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((_resolve, reject) => {
    const fail = (): void => {
      // The caller looks at which of its signals it was.
      reject(signal.reason as Error);
    };
    if (signal.aborted) fail();
    else signal.addEventListener("abort", fail, { once: true });
  });
}
