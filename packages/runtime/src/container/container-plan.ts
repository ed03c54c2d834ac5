import { posix } from "node:path";
import { PlatformError } from "@berth/protocol";
import { JAIL, SHM_BYTES, entryInJail, nodeCommand } from "../process/jail-arguments.ts";
import type { Sidecar } from "../process/sidecar.ts";
import type { ReleaseSpec } from "../sandbox-driver.ts";

/** What stands around one container. */
export interface ContainerPlan {
  readonly image: string;
  /** Of a program with a root of its own, which is the image. */
  readonly sidecar?: Sidecar;
  readonly labels: Readonly<Record<string, string>>;
  /** Uid and gid of the agent. */
  readonly user: number;
  readonly agentFolder: string;
  /** The platform's sockets for this agent. */
  readonly doorsFolder: string;
  /** Mounted over those of the image and the engine, by path in the container. */
  readonly etc: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  /** What the engine would put in: Docker leaves out what is named without a value. podman would put in its own value. */
  readonly removedVariables: readonly string[];
  /** As the engine takes it: a profile, or the path of one. */
  readonly seccomp: string;
  readonly maxOpenFiles: number;
  /** Where the agent's folder is on a disk: no file in it gets larger. */
  readonly maxFileBytes: number | undefined;
  readonly maxCpus: number;
}

const MAX_USER_PROCESSES = 4_096;
const MEGABYTE = 1024 * 1024;

/** The body of POST /containers/create. What an agent is held to stands here and nowhere else. */
export function containerRequest(spec: ReleaseSpec, plan: ContainerPlan): Record<string, unknown> {
  refuseNul(Object.entries(plan.env).flat());
  const { limits } = spec;
  const memory = limits.memoryMb * MEGABYTE;
  return {
    Image: plan.image,
    Entrypoint: [],
    Cmd: plan.sidecar?.command ?? nodeCommand(entryInJail(spec.entry), limits),
    Env: [...plan.removedVariables, ...Object.entries(plan.env).map(([name, value]) => `${name}=${value}`)],
    User: `${plan.user}:${plan.user}`,
    WorkingDir: plan.sidecar === undefined ? JAIL.app : "/",
    Hostname: "agent",
    Labels: plan.labels,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
    OpenStdin: false,
    HostConfig: {
      NetworkMode: "none",
      IpcMode: "private",
      CgroupnsMode: "private",
      ReadonlyRootfs: true,
      Mounts: mountsOf(spec, plan),
      Tmpfs: {
        [JAIL.tmp]: `rw,exec,nosuid,nodev,size=${limits.tmpMb * MEGABYTE},mode=1777`,
        // What an engine shows of its groups: names, and the limits of all that is in them.
        "/sys/fs/cgroup": "ro,nosuid,nodev,noexec,size=4096,mode=0000",
      },
      ShmSize: SHM_BYTES,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges", `seccomp=${plan.seccomp}`],
      Privileged: false,
      // The agent is not pid 1: it dies of signals as elsewhere, and somebody waits for its orphans.
      Init: true,
      Memory: memory,
      MemorySwap: memory,
      NanoCpus: Math.round(Math.min(limits.cpu, plan.maxCpus) * 1e9),
      PidsLimit: limits.processes,
      Ulimits: [
        { Name: "core", Soft: 0, Hard: 0 },
        // Of all instances of the agent; PidsLimit holds each. podman's own would be more than some machines have.
        { Name: "nproc", Soft: MAX_USER_PROCESSES, Hard: MAX_USER_PROCESSES },
        { Name: "nofile", Soft: plan.maxOpenFiles, Hard: plan.maxOpenFiles },
        ...(plan.maxFileBytes === undefined
          ? []
          : [{ Name: "fsize", Soft: plan.maxFileBytes, Hard: plan.maxFileBytes }]),
      ],
      RestartPolicy: { Name: "no" },
      LogConfig: { Type: "none" },
    },
  };
}

function mountsOf({ folder, program }: ReleaseSpec, plan: ContainerPlan): readonly Record<string, unknown>[] {
  const mounts: readonly (readonly [source: string, target: string, writable?: true])[] = [
    ...(program?.mountsApp === false ? [] : [[folder, JAIL.app] as const]),
    ...sidecarMounts(plan.sidecar),
    [plan.doorsFolder, JAIL.runFolder],
    [plan.agentFolder, JAIL.agentFolder, true],
    ...Object.entries(plan.etc).map(([name, source]) => [source, posix.join("/etc", name)] as const),
  ];
  // "bind" and never a volume: a source that is not there is refused and not made.
  return mounts.map(([Source, Target, writable]) => ({ Type: "bind", Source, Target, ReadOnly: writable !== true }));
}

function sidecarMounts(sidecar: Sidecar | undefined): readonly (readonly [source: string, target: string])[] {
  if (sidecar === undefined) return [];
  return [
    [sidecar.folder, JAIL.sidecar],
    [sidecar.nodePath, posix.join(JAIL.sidecar, "node")],
  ];
}

/** An engine may cut a text where C would. */
function refuseNul(values: readonly string[]): void {
  if (values.some((value) => value.includes("\0"))) {
    throw new PlatformError("CONFIG_INVALID", "An environment value of this agent contains a NUL character.");
  }
}
