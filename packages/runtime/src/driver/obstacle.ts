import type { EnforcementLevel, SandboxCapabilities } from "../sandbox-driver.ts";

/** Why a driver can isolate nothing here, for a person. */
export interface Obstacle {
  readonly reason: string;
  readonly fix: string;
}

export function isObstacle(found: object): found is Obstacle {
  return "fix" in found;
}

export function capabilitiesWithout(driver: string, obstacle: Obstacle): SandboxCapabilities {
  const nothing: EnforcementLevel = { level: "none", detail: obstacle.reason };
  return {
    driver,
    isolates: false,
    ...obstacle,
    filesystem: nothing,
    network: nothing,
    syscalls: nothing,
    memory: nothing,
    cpu: nothing,
    processes: nothing,
  };
}
