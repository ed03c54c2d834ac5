import { PlatformError } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import { stringify } from "yaml";
import { compareState } from "../compare.ts";
import { TargetKind } from "../deploy-target.ts";
import type {
  DeployTarget,
  Placement,
  PlannedCall,
  TargetContext,
  TargetPlan,
  TargetRelease,
} from "../deploy-target.ts";
import { isObject, numberAt, textAt } from "../json-parts.ts";
import { KubernetesApi } from "./kubernetes-api.ts";
import { KUBERNETES_FIELDS, parseKubernetesSettings } from "./kubernetes-settings.ts";
import type { KubernetesSettings } from "./kubernetes-settings.ts";
import { MANAGER, agentService, deploymentManifests, knativeManifests, releaseName, releaseUrl } from "./manifests.ts";
import { podLogs } from "./pod-logs.ts";
import { REMOVABLE, collectionPath, isOptional, resourceId, resourcePath } from "./resource.ts";
import type { Resource } from "./resource.ts";
import { rolloutStatus, waitForRollout } from "./rollout.ts";

const CLEANING_MS = 30_000;

/** Kubernetes 1.20 and later, by server-side apply; Knative Serving 1.x where the settings ask for it. */
export const kubernetesTarget: DeployTarget<KubernetesSettings> = {
  kind: TargetKind.Kubernetes,
  fields: KUBERNETES_FIELDS,
  parse: parseKubernetesSettings,
  plan,
  diff: compareState,
  observe: async (context, { desired }) => {
    const api = new KubernetesApi(context);
    const found = Object.values(desired).map(async (body) => {
      const resource = asResource(body);
      return [resourceId(resource), await api.get(resourcePath(resource))] as const;
    });
    return Object.fromEntries(await Promise.all(found));
  },
  apply,
  status: async (context, placement) => {
    const status = await rolloutStatus(new KubernetesApi(context), rolloutOf(resourcesOf(placement)));
    return { url: placement.url, ...status };
  },
  logs: podLogs,
  rollback: async (context, to) => {
    const api = new KubernetesApi(context);
    await bringUp(api, resourcesOf(to), context);
    return to;
  },
  destroy: async (context, placement) => {
    const api = new KubernetesApi(context);
    const resources = resourcesOf(placement);
    await removeRelease(api, resources, context);
    if (await isAgentsLast(api, resources)) await removeAgentsOwn(api, resources, context);
  },
};

function plan(release: TargetRelease, settings: KubernetesSettings): TargetPlan {
  const isKnative = settings.flavor === "knative";
  const own = isKnative ? knativeManifests(release, settings) : deploymentManifests(release, settings);
  const resources = isKnative ? own : [...own, agentService(release, settings)];
  return {
    kind: TargetKind.Kubernetes,
    files: {
      [`${releaseName(release)}.yaml`]: resources
        .map((resource) => stringify(resource, { aliasDuplicateObjects: false }))
        .join("---\n"),
    },
    calls: resources.map((resource): PlannedCall => ({
      method: "PATCH",
      path: resourcePath(resource),
      query: { fieldManager: MANAGER },
      contentType: "application/apply-patch+yaml",
      body: asJson(resource),
      purpose: `apply ${resourceId(resource)}`,
    })),
    desired: Object.fromEntries(resources.map((resource) => [resourceId(resource), asJson(resource)])),
    warnings: warningsOf(release, settings),
  };
}

function warningsOf({ egress, scale }: TargetRelease, { flavor, reach }: KubernetesSettings): readonly string[] {
  return [
    ...(egress.length === 0
      ? []
      : [
          `A NetworkPolicy knows no names: the agent may reach any public address at the ports of ${egress.join(", ")}.`,
        ]),
    "A NetworkPolicy holds only where the cluster's network enforces it.",
    ...(flavor === "deployment" && scale.min === 0
      ? ["A Deployment does not scale to zero: one copy stays. Knative would (flavor knative)."]
      : []),
    ...(reach === "in-cluster" ? ["Reached by the Service's name: this platform must run in the same cluster."] : []),
  ];
}

async function apply(
  context: TargetContext,
  { desired }: TargetPlan,
  settings: KubernetesSettings,
): Promise<Placement> {
  const api = new KubernetesApi(context);
  const resources = Object.values(desired).map(asResource);
  const rollout = rolloutOf(resources);
  try {
    await bringUp(api, resources, context);
  } catch (error) {
    // What did not come up does not stay. Its reason is told; a canceled deployment's calls would be refused.
    const cleaning = { ...context, signal: AbortSignal.timeout(CLEANING_MS) };
    await removeFailed(new KubernetesApi(cleaning), resources, cleaning).catch((cause: unknown) => {
      context.log(`what is left of the release was not removed: ${String(cause)}`);
    });
    throw error;
  }
  const status = await rolloutStatus(api, rollout);
  return {
    kind: TargetKind.Kubernetes,
    url: status.url ?? releaseUrl(rollout.metadata.name, settings),
    resources: { objects: resources.map(asJson) },
  };
}

/** The agent's own name moves last, when the release is up: until then it leads to the one before. */
async function bringUp(api: KubernetesApi, resources: readonly Resource[], context: TargetContext): Promise<void> {
  const rollout = rolloutOf(resources);
  const last = rollout.kind === "Deployment" ? resources.at(-1) : undefined;
  for (const resource of resources.filter((each) => each !== last)) {
    const applied = await api.apply(resource);
    if (applied !== undefined) context.log(`applied ${resourceId(resource)}`);
    else if (!isOptional(resource)) throw unknownKind(resource);
    else {
      context.log(`${resourceId(resource)} is left out: the cluster has no such kind`);
      await keepCopies(api, rollout, resource);
    }
  }
  await waitForRollout(api, rollout, context);
  if (last === undefined) return;
  await api.apply(last);
  context.log(`applied ${resourceId(last)}`);
}

/** Without an autoscaler somebody else has to say how many copies there are. */
async function keepCopies(api: KubernetesApi, rollout: Resource, { spec }: Resource): Promise<void> {
  const replicas = numberAt(spec, "minReplicas");
  if (replicas === 0 || !isObject(rollout["spec"])) return;
  await api.apply({ ...rollout, spec: { ...rollout["spec"], replicas } });
}

function unknownKind({ apiVersion, kind }: Resource): PlatformError {
  return new PlatformError("TARGET_FAILED", `The cluster has no kind ${apiVersion} ${kind}.`, {
    hint:
      kind === "HTTPRoute"
        ? "Install the Gateway API, or use reach in-cluster."
        : "Install Knative Serving, or use flavor deployment.",
  });
}

async function removeRelease(
  api: KubernetesApi,
  resources: readonly Resource[],
  context: TargetContext,
): Promise<void> {
  const { namespace, labels } = rolloutOf(resources).metadata;
  const selector = `app.kubernetes.io/managed-by=${MANAGER},berth.dev/release=${labels["berth.dev/release"]}`;
  for (const kind of REMOVABLE) {
    for (const { metadata } of await api.list({ ...kind, namespace }, selector)) {
      const name = textAt(metadata, "name");
      const path = `${collectionPath({ ...kind, namespace })}/${name}`;
      if (await api.remove(path, textAt(metadata, "uid"))) context.log(`removed ${kind.kind} ${name}`);
    }
  }
}

/** Unless the agent's name leads to it: then it was up before, and is whatever it can be now. */
async function removeFailed(api: KubernetesApi, resources: readonly Resource[], context: TargetContext): Promise<void> {
  if (!(await isAgentsLast(api, resources))) await removeRelease(api, resources, context);
}

/** The agent's name leads to this release. */
async function isAgentsLast(api: KubernetesApi, resources: readonly Resource[]): Promise<boolean> {
  const service = agentsName(resources);
  if (service === undefined) return false;
  const { labels } = rolloutOf(resources).metadata;
  const found = await api.get(resourcePath(service));
  return (
    textAt(found, "metadata", "labels", "berth.dev/agent") === labels["berth.dev/agent"] &&
    textAt(found, "spec", "selector", "berth.dev/release") === labels["berth.dev/release"]
  );
}

async function removeAgentsOwn(
  api: KubernetesApi,
  resources: readonly Resource[],
  context: TargetContext,
): Promise<void> {
  const own = resources.filter((each) => each === agentsName(resources) || each.kind === "ServiceAccount");
  for (const resource of own) {
    const path = resourcePath(resource);
    const uid = textAt(await api.get(path), "metadata", "uid");
    if (uid !== "" && (await api.remove(path, uid))) context.log(`removed ${resourceId(resource)}`);
  }
}

/** The Service of the agent's own name; Knative has none. */
function agentsName(resources: readonly Resource[]): Resource | undefined {
  return resources.find(({ kind, metadata }) => kind === "Service" && !("berth.dev/release" in metadata.labels));
}

/** What is waited for. */
function rolloutOf(resources: readonly Resource[]): Resource {
  const found = resources.find(
    ({ apiVersion, kind }) => kind === "Deployment" || apiVersion === "serving.knative.dev/v1",
  );
  if (found === undefined) throw new PlatformError("INTERNAL", "A plan for Kubernetes without anything that runs.");
  return found;
}

function resourcesOf({ resources }: Placement): readonly Resource[] {
  const { objects } = resources;
  return Array.isArray(objects) ? objects.filter(isObject).map(asResource) : [];
}

/** Plans hold what `manifests.ts` made, and placements what plans held. */
function asResource(body: JsonObject): Resource {
  // As above: nothing else is ever put there.
  return body as unknown as Resource;
}

/** Without what is undefined, as it is sent. */
function asJson(resource: Resource): JsonObject {
  const plain: JsonObject = JSON.parse(JSON.stringify(resource));
  return plain;
}
