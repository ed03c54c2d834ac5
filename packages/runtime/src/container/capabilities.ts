import type { SandboxCapabilities } from "../sandbox-driver.ts";
import { CONTAINER_DRIVER, hasSwap } from "./engine-facts.ts";
import type { EngineFacts } from "./engine-facts.ts";

export async function capabilitiesOfEngine(facts: EngineFacts): Promise<SandboxCapabilities> {
  const group = `${facts.title}, cgroup v${facts.cgroupVersion}`;
  const swaps = !facts.limitsSwap && (await hasSwap());
  return {
    driver: CONTAINER_DRIVER,
    isolates: true,
    filesystem:
      facts.uids === undefined
        ? {
            level: "partial",
            detail: "an image of its own, as this user; files beside the agent's socket are bounded one by one",
          }
        : { level: "enforced", detail: "an image of its own, read-only, under a uid of its own" },
    network: { level: "enforced", detail: "no network but loopback; the way out is the egress proxy" },
    syscalls: { level: "enforced", detail: "seccomp list of allowed calls, no capabilities, no new privileges" },
    memory: swaps
      ? { level: "partial", detail: `${group}; swap is not limited` }
      : { level: "enforced", detail: group },
    cpu: facts.limitsCpu
      ? { level: "enforced", detail: group }
      : { level: "none", detail: `${facts.title} has no processor quota here` },
    processes: { level: "enforced", detail: group },
  };
}
