import type { EnforcementLevel, SandboxCapabilities } from "../sandbox-driver.ts";
import type { CgroupController } from "./cgroup.ts";
import { PROCESS_DRIVER } from "./host-facts.ts";
import type { HostFacts } from "./host-facts.ts";

export function capabilitiesOf(facts: HostFacts): SandboxCapabilities {
  const enforced = (detail: string): EnforcementLevel => ({ level: "enforced", detail });
  const byCgroup = (controller: CgroupController, otherwise: EnforcementLevel): EnforcementLevel =>
    facts.cgroups?.controllers.has(controller) === true
      ? enforced(`cgroup ${facts.cgroups.kind} ${controller} controller`)
      : otherwise;
  const user = facts.uids === undefined ? "this user's uid" : "a host uid of its own";
  return {
    driver: PROCESS_DRIVER,
    isolates: true,
    filesystem: facts.mountsTmpfs
      ? enforced(`mount namespace, ${user}; all that an agent can write to is bounded`)
      : {
          level: "partial",
          detail: `mount namespace, ${user}; files beside the agent's socket are bounded one by one, not in all`,
        },
    network: enforced("network namespace with loopback only; the way out is the egress proxy"),
    syscalls: enforced("seccomp filter, no capabilities, no further user namespaces"),
    memory: byCgroup("memory", {
      level: "partial",
      detail: "measured four times a second and killed beyond the limit, plus a data limit per process",
    }),
    cpu: byCgroup("cpu", { level: "none", detail: "no cgroup with the cpu controller may be used here" }),
    processes: byCgroup("pids", processLimit(facts)),
  };
}

function processLimit(facts: HostFacts): EnforcementLevel {
  return limitsProcessesByUser(facts)
    ? { level: "enforced", detail: "RLIMIT_NPROC inside the jail's user namespace" }
    : { level: "none", detail: "needs a cgroup, or prlimit and Linux 5.14" };
}

/** Before Linux 5.14 the limit counts all processes of the host uid, other people's work included. */
export function limitsProcessesByUser(facts: HostFacts): boolean {
  return facts.prlimitPath !== undefined && facts.countsProcessesPerNamespace;
}
