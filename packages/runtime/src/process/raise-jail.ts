import { PlatformError } from "@berth/protocol";
import { aborted } from "../driver/aborted.ts";
import { followChild } from "../driver/child-end.ts";
import type { OutputLines } from "../driver/output-lines.ts";
import type { InstanceBoot, SandboxLimits } from "../sandbox-driver.ts";
import { spawnBwrap } from "./bwrap.ts";
import type { Bwrap } from "./bwrap.ts";
import type { CageFolder } from "./cage-folder.ts";
import { limitsProcessesByUser } from "./capabilities.ts";
import type { Cgroup } from "./cgroup.ts";
import type { JailHost } from "./doors.ts";
import type { HostFacts } from "./host-facts.ts";
import { Jail } from "./jail.ts";
import { resourceLimits } from "./jail-arguments.ts";
import type { JailPlan } from "./jail-arguments.ts";
import type { JailProgram } from "./jail-program.ts";
import { jailMarker } from "./jail-marker.ts";

const MEGABYTE = 1024 * 1024;
/** RLIMIT_DATA counts what V8 only reserves for code: below this much beyond the limit Node does not start. */
const DATA_HEADROOM_MB = 600;
const SOCKET_FOLDER_FILE_BYTES = 64 * MEGABYTE;

export interface JailRequest {
  readonly host: JailHost;
  /** Of the instance or the warm jail: names its group and its processes. */
  readonly key: string;
  readonly uid: number | undefined;
  readonly folder: CageFolder;
  readonly limits: SandboxLimits;
  readonly program: JailProgram;
  readonly mounts: Pick<JailPlan, "appFolder" | "compileCacheFolder" | "zygotePath">;
  readonly env: Readonly<Record<string, string>>;
  readonly boot: InstanceBoot;
  readonly stack: AsyncDisposableStack;
  readonly signal: AbortSignal;
  readonly output: OutputLines;
}

export interface RaisedJail {
  readonly jail: Jail;
  readonly cgroup: Cgroup | undefined;
}

/** Starts a jail under its limits. Everything it consists of is on the stack before the next part is begun. */
export async function raiseJail(request: JailRequest): Promise<RaisedJail> {
  const { host, key, uid, folder, limits, program, stack, signal, output } = request;
  const { facts } = host;
  const cgroup = await facts.cgroups?.create(key, limits);
  if (cgroup !== undefined) stack.defer(() => cgroup.remove());
  signal.throwIfAborted();

  const marker = jailMarker(host.home, key);
  const bwrap = await spawnBwrap({
    bwrapPath: facts.bwrapPath,
    seccompPath: facts.files.seccompPath,
    ...(uid === undefined ? {} : { uid }),
    hostname: marker,
    command: [...resourceLimits(processLimits(facts, limits), program.prlimit), ...program.command],
    plan: {
      root: program.root,
      agentFolder: folder.agentFolder,
      doorsFolder: folder.doorsFolder,
      tmpBytes: limits.tmpMb * MEGABYTE,
      ...request.mounts,
      env: request.env,
    },
  });
  const ended = followChild(bwrap.child, output);
  const ownerUid = uid ?? process.geteuid?.() ?? 0;
  const memoryLimitBytes = cgroup?.controllers.has("memory") === true ? undefined : limits.memoryMb * MEGABYTE;
  const jail = new Jail({
    child: bwrap.child,
    ended,
    marker,
    folder,
    ownerUid,
    cgroup,
    memoryLimitBytes,
    boot: request.boot,
  });
  stack.use(jail);
  await enterLimits(jail, bwrap, cgroup, request);
  signal.throwIfAborted();
  bwrap.unblock();
  return { jail, cgroup };
}

/** A host uid for one agent, or for one warm jail; undefined where agents run as this user. */
export function takeUid(
  facts: Pick<HostFacts, "uids">,
  owner: string,
  stack: AsyncDisposableStack,
): number | undefined {
  if (facts.uids === undefined) return undefined;
  const uid = facts.uids.take(owner);
  if (uid === undefined) throw new PlatformError("AGENT_OVERLOADED", "All host uids for agents are in use.");
  stack.defer(() => facts.uids?.release(uid));
  return uid;
}

/** While bwrap waits: learns the process inside and puts both under the limits. */
async function enterLimits(
  jail: Jail,
  bwrap: Bwrap,
  cgroup: Cgroup | undefined,
  { signal, output }: JailRequest,
): Promise<void> {
  const innerPid = await Promise.race([bwrap.innerPid, aborted(signal)]);
  if (innerPid === undefined || bwrap.child.pid === undefined) {
    await Promise.race([jail.ended, aborted(signal)]);
    throw new Error(`bwrap ended before the jail was made: ${output.tail}`);
  }
  jail.setInnerPid(innerPid);
  // Both: with the outer process alone the agent would run outside the group.
  await cgroup?.add(bwrap.child.pid);
  await cgroup?.add(innerPid);
}

function processLimits(facts: HostFacts, limits: SandboxLimits): Record<string, number> {
  const controllers = facts.cgroups?.controllers;
  return {
    core: 0,
    nofile: facts.maxOpenFiles,
    ...(facts.mountsTmpfs ? {} : { fsize: Math.max(SOCKET_FOLDER_FILE_BYTES, limits.tmpMb * MEGABYTE) }),
    ...(controllers?.has("memory") === true ? {} : { data: (limits.memoryMb + DATA_HEADROOM_MB) * MEGABYTE }),
    ...(controllers?.has("pids") !== true && limitsProcessesByUser(facts) ? { nproc: limits.processes } : {}),
  };
}
