import { join } from "node:path";
import type { ReleaseSpec } from "@berth/runtime";
import type { AgentWithRelease } from "@berth/store";

/** The folder of a release: its digest without the algorithm, so that equal releases share one. */
export function releaseFolder(releasesFolder: string, digest: string): string {
  return join(releasesFolder, digest.replace(/^sha256:/, ""));
}

/** What the runtime needs to know to run a release. */
export function toReleaseSpec(
  { agent, release }: AgentWithRelease,
  releasesFolder: string,
  rootfsFolder: (digest: string) => string,
): ReleaseSpec {
  const { resources, scale, timeouts, egress, upstreams, models, env, isolation } = release.config;
  return {
    orgId: release.orgId,
    agentId: release.agentId,
    agentName: agent.name,
    releaseId: release.releaseId,
    folder: releaseFolder(releasesFolder, release.digest),
    entry: release.entry,
    ...(release.program === undefined
      ? {}
      : { program: { ...release.program, rootfs: rootfsFolder(release.program.rootfs) } }),
    trusted: release.trusted,
    ...(isolation === undefined ? {} : { isolation }),
    env,
    limits: { ...resources, startTimeoutMs: timeouts.startSeconds * 1_000 },
    scale,
    ...(timeouts.hangSeconds === undefined ? {} : { hangMs: timeouts.hangSeconds * 1_000 }),
    egress,
    ...(upstreams === undefined ? {} : { upstreams }),
    ...((models?.allow.length ?? 0) === 0 ? {} : { usesModels: true }),
  };
}
