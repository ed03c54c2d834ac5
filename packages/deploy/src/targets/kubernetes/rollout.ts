import { PlatformError } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import type { TargetContext, TargetStatus } from "../deploy-target.ts";
import { listAt, numberAt, textAt } from "../json-parts.ts";
import type { KubernetesApi } from "./kubernetes-api.ts";
import type { Resource } from "./resource.ts";
import { resourcePath } from "./resource.ts";

const POLL_MS = 1_000;
/** Beyond the deadline of the rollout itself, which tells more. */
const MAX_WAIT_MS = 10 * 60_000;

/** What a reason of a container means and what to do about it. */
const ADVICE: Readonly<Record<string, string>> = {
  ImagePullBackOff:
    "The node cannot get the image: check that it is there and that imagePullSecret opens its registry.",
  ErrImagePull: "The node cannot get the image: check that it is there and that imagePullSecret opens its registry.",
  InvalidImageName: "The name of the image is not one that the node takes.",
  CrashLoopBackOff: "The agent starts and ends at once: its last output says why.",
  CreateContainerConfigError: "A secret or a key of it that the agent's environment names is not there.",
  CreateContainerError: "The container's settings are refused by the node.",
  RunContainerError: "The container does not start: its program is not there or not executable.",
};

/** Waits until a Deployment or a Knative Service is up. @throws TARGET_FAILED with the reason, TIMED_OUT, CANCELED */
export async function waitForRollout(api: KubernetesApi, resource: Resource, context: TargetContext): Promise<void> {
  const deadline = context.now() + MAX_WAIT_MS;
  let told = "";
  for (;;) {
    const status = await rolloutStatus(api, resource);
    const line = `${status.state}${status.instances === undefined ? "" : ` ${status.instances.ready}/${status.instances.wanted}`}${status.reason === undefined ? "" : `: ${status.reason}`}`;
    if (line !== told) context.log(line);
    told = line;
    if (status.state === "ready") return;
    if (status.state === "failed") {
      throw new PlatformError(
        "TARGET_FAILED",
        `The release did not come up: ${status.reason ?? "no reason was given"}`,
      );
    }
    if (context.now() > deadline) {
      throw new PlatformError("TIMED_OUT", `The release was not up after ${MAX_WAIT_MS / 60_000} minutes.`, {
        hint: status.reason ?? "Look at its pods.",
      });
    }
    await context.sleep(POLL_MS);
  }
}

export async function rolloutStatus(api: KubernetesApi, resource: Resource): Promise<TargetStatus> {
  const found = await api.get(resourcePath(resource));
  if (found === undefined) return { state: "absent", conditions: [], reason: "It is not there." };
  return resource.kind === "Deployment" ? await deploymentStatus(api, resource, found) : knativeStatus(found);
}

async function deploymentStatus(api: KubernetesApi, { metadata }: Resource, found: JsonObject): Promise<TargetStatus> {
  const conditions = conditionsOf(found);
  const wanted = numberAt(found, "spec", "replicas");
  const ready = numberAt(found, "status", "readyReplicas");
  const instances = { ready, wanted };
  const isSeen = numberAt(found, "status", "observedGeneration") >= numberAt(found, "metadata", "generation");
  const isUpdated = numberAt(found, "status", "updatedReplicas") >= wanted;
  const isGone = numberAt(found, "status", "replicas") <= wanted;
  const available = numberAt(found, "status", "availableReplicas");
  if (isSeen && isUpdated && isGone && available >= wanted) return { state: "ready", instances, conditions };
  const trouble = await podTrouble(api, metadata);
  const stuck = listAt(found, "status", "conditions").find(
    (condition) =>
      textAt(condition, "type") === "Progressing" && textAt(condition, "reason") === "ProgressDeadlineExceeded",
  );
  if (isSeen && stuck !== undefined) {
    return { state: "failed", instances, conditions, reason: trouble ?? textAt(stuck, "message") };
  }
  const refused = listAt(found, "status", "conditions").find(
    (condition) => textAt(condition, "type") === "ReplicaFailure" && textAt(condition, "status") === "True",
  );
  const reason = trouble ?? (refused === undefined ? undefined : textAt(refused, "message"));
  return { state: "deploying", instances, conditions, ...(reason === undefined ? {} : { reason }) };
}

/** Why the first pod that has a reason is not up. */
async function podTrouble(
  api: KubernetesApi,
  { namespace, labels }: Resource["metadata"],
): Promise<string | undefined> {
  const pods = await api.list(
    { apiVersion: "v1", kind: "Pod", namespace },
    `berth.dev/release=${labels["berth.dev/release"] ?? ""}`,
  );
  for (const pod of pods) {
    for (const container of listAt(pod, "status", "containerStatuses")) {
      const reason = textAt(container, "state", "waiting", "reason");
      const advice = ADVICE[reason];
      if (advice !== undefined)
        return `${reason}. ${advice} ${textAt(container, "state", "waiting", "message")}`.trim();
    }
    const unscheduled = listAt(pod, "status", "conditions").find(
      (condition) => textAt(condition, "type") === "PodScheduled" && textAt(condition, "status") === "False",
    );
    if (unscheduled !== undefined) return `No node takes the pod: ${textAt(unscheduled, "message")}`;
  }
  return undefined;
}

function knativeStatus(found: JsonObject): TargetStatus {
  const conditions = conditionsOf(found);
  const isSeen = numberAt(found, "status", "observedGeneration") >= numberAt(found, "metadata", "generation");
  const ready = conditions.find(({ type }) => type === "Ready");
  const url = textAt(found, "status", "url");
  const where = url === "" ? {} : { url };
  if (isSeen && ready?.status === "True") return { state: "ready", conditions, ...where };
  if (isSeen && ready?.status === "False") return { state: "failed", conditions, reason: ready.message, ...where };
  return { state: "deploying", conditions, ...where };
}

function conditionsOf(found: JsonObject): TargetStatus["conditions"] {
  return listAt(found, "status", "conditions").map((condition) => ({
    type: textAt(condition, "type"),
    status: textAt(condition, "status"),
    message: textAt(condition, "message"),
  }));
}
