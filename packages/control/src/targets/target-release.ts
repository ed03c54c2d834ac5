import type { TargetRelease } from "@berth/deploy/targets";
import { PlatformError } from "@berth/protocol";
import type { EgressRule } from "@berth/protocol";
import type { AgentWithRelease } from "@berth/store";

/** Where images listen, by the contract of agents. */
const PORT = 8080;

/** A release as a target sees it. `image` has its digest. @throws UNSUPPORTED_OPERATION for what is no program of a container */
export function toTargetRelease({ agent, release }: AgentWithRelease, image: string): TargetRelease {
  if (release.program === undefined && release.entry.endsWith(".wasm")) {
    throw new PlatformError(
      "UNSUPPORTED_OPERATION",
      `${agent.name} is WebAssembly, which runs on this platform only.`,
      {
        hint: "Deploy it without a target, or as a process: leave isolation out of berth.json.",
      },
    );
  }
  const { resources, scale, timeouts, egress, env } = release.config;
  return {
    orgId: agent.orgId,
    agentId: agent.agentId,
    agentName: agent.name,
    releaseId: release.releaseId,
    image,
    port: PORT,
    env,
    secretEnv: {},
    resources: { memoryMb: resources.memoryMb, cpu: resources.cpu },
    scale: { min: scale.min, max: scale.max, concurrency: scale.concurrency },
    timeouts: { startSeconds: timeouts.startSeconds, runSeconds: timeouts.taskSeconds },
    egress: egress.map(hostAndPort),
    labels: {},
  };
}

/** Methods and paths are rules of the platform's own way out, which is not there. */
function hostAndPort(rule: EgressRule): string {
  const [host, port] = typeof rule === "string" ? [rule, 443] : [rule.host, 80];
  return /:\d+$/.test(host) ? host : `${host}:${port}`;
}
