import type { JsonObject } from "@berth/protocol";
import { CARD_PATH } from "../deploy-target.ts";
import type { TargetRelease } from "../deploy-target.ts";
import type { CloudRunSettings } from "./cloud-run-settings.ts";
import { googleLabels, releaseMark } from "./release-label.ts";

/** Cloud Run's own limits. */
const MAX_TIMEOUT_SECONDS = 3_600;
const MAX_CONCURRENCY = 1_000;

const INGRESS = {
  all: "INGRESS_TRAFFIC_ALL",
  internal: "INGRESS_TRAFFIC_INTERNAL_ONLY",
  "internal-and-cloud-load-balancing": "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
} as const;

export function locationOf({ project, region }: { readonly project: string; readonly region: string }): string {
  return `projects/${project}/locations/${region}`;
}

/** A revision is named by its release, so that the same release is the same revision. */
export function revisionName({ agentName, releaseId }: Pick<TargetRelease, "agentName" | "releaseId">): string {
  return `${agentName}-${releaseMark(releaseId)}`;
}

/** Gives a revision an address of its own, whatever traffic it has. */
export function tagOf(revision: string): string {
  return `r${revision.slice(-8)}`;
}

/** The service as the release wants it, without its traffic. run.v2 Service. */
export function serviceBody(release: TargetRelease, settings: CloudRunSettings): JsonObject {
  const { serviceAccount, ingress, alwaysOnCpu } = settings;
  const { env, secretEnv, resources, scale, timeouts, port } = release;
  const labels = googleLabels(release);
  const { "berth-release": _, ...serviceLabels } = labels;
  return {
    labels: serviceLabels,
    ingress: INGRESS[ingress],
    template: {
      revision: revisionName(release),
      labels,
      ...(serviceAccount === undefined ? {} : { serviceAccount }),
      timeout: `${Math.min(timeouts.runSeconds, MAX_TIMEOUT_SECONDS)}s`,
      maxInstanceRequestConcurrency: Math.min(scale.concurrency, MAX_CONCURRENCY),
      executionEnvironment: "EXECUTION_ENVIRONMENT_GEN2",
      sessionAffinity: true,
      scaling: { minInstanceCount: scale.min, maxInstanceCount: scale.max },
      containers: [
        {
          image: release.image,
          ports: [{ name: "http1", containerPort: port }],
          env: [
            ...Object.entries(env).map(([name, value]) => ({ name, value })),
            ...Object.entries(secretEnv).map(([name, reference]) => ({
              name,
              valueSource: { secretKeyRef: secretOf(reference) },
            })),
          ],
          resources: {
            limits: { cpu: String(cpuOf(resources)), memory: `${Math.max(resources.memoryMb, 512)}Mi` },
            cpuIdle: !alwaysOnCpu,
            startupCpuBoost: true,
          },
          startupProbe: {
            httpGet: { path: CARD_PATH, port },
            periodSeconds: 1,
            timeoutSeconds: 1,
            failureThreshold: Math.min(timeouts.startSeconds, 240),
          },
        },
      ],
    },
  };
}

/** A processor that stays on is a whole one, and the second generation takes at least that. */
function cpuOf({ cpu, memoryMb }: TargetRelease["resources"]): number {
  const needed = memoryMb > 16_384 ? 6 : memoryMb > 8_192 ? 4 : memoryMb > 4_096 ? 2 : 1;
  return Math.max([1, 2, 4, 6, 8].find((size) => size >= cpu) ?? 8, needed);
}

/** `name` or `name/version` in Secret Manager. */
function secretOf(reference: string): JsonObject {
  const [secret = reference, version = "latest"] = reference.split("/");
  return { secret, version };
}
