import { createHash } from "node:crypto";
import type { JsonObject } from "@berth/protocol";
import { CARD_PATH } from "../deploy-target.ts";
import type { TargetRelease } from "../deploy-target.ts";
import type { KubernetesSettings } from "./kubernetes-settings.ts";
import type { Resource } from "./resource.ts";

export const MANAGER = "berth";
const UID = 65_532;
/** A rollout that makes no progress for so long has failed. */
const PROGRESS_SECONDS = 180;
const MAX_GRACE_SECONDS = 600;
const TOKEN_SECONDS = 600;
/** Addresses that no agent has business with: link-local (metadata of clouds) and private networks. */
const INNER_NETWORKS = ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"];

/** Of everything that belongs to one release; a DNS label. */
export function releaseName({ agentName, releaseId }: Pick<TargetRelease, "agentName" | "releaseId">): string {
  return `${agentName}-${createHash("sha256").update(releaseId).digest("hex").slice(0, 8)}`;
}

function labelsOf(release: TargetRelease): { readonly [name: string]: string } {
  return {
    "app.kubernetes.io/name": release.agentName,
    "app.kubernetes.io/managed-by": MANAGER,
    "berth.dev/agent": release.agentId,
    "berth.dev/release": release.releaseId,
    ...release.labels,
  };
}

/** Where a release answers. */
export function releaseUrl(name: string, { namespace, reach, domain, scheme }: KubernetesSettings): string {
  return reach === "gateway" ? `${scheme}://${name}.${domain}` : `http://${name}.${namespace}.svc`;
}

/** A Deployment with everything around it, in the order it is applied in. */
export function deploymentManifests(release: TargetRelease, settings: KubernetesSettings): readonly Resource[] {
  const name = releaseName(release);
  const labels = labelsOf(release);
  const metadata = { namespace: settings.namespace, labels };
  const selector = { "berth.dev/release": release.releaseId };
  const { min, max } = release.scale;
  const replicas = Math.max(1, min);
  const scales = max > replicas;
  return [
    serviceAccount(release, settings),
    networkPolicy(release, settings),
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { ...metadata, name },
      spec: {
        // The autoscaler's, where there is one: applying it again would undo what that did.
        ...(scales ? {} : { replicas }),
        progressDeadlineSeconds: PROGRESS_SECONDS,
        revisionHistoryLimit: 3,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        selector: { matchLabels: selector },
        template: { metadata: { labels }, spec: podSpec(release, settings) },
      },
    },
    service({ name, selector, metadata }),
    ...(scales ? [autoscaler(release, metadata, replicas)] : []),
    ...(replicas > 1 ? [disruptionBudget(name, metadata, selector)] : []),
    ...(settings.reach === "gateway" ? [httpRoute(name, settings, metadata)] : []),
  ];
}

/** The agent's own name: leads to one release. Applied when that has come up. */
export function agentService(release: TargetRelease, { namespace }: KubernetesSettings): Resource {
  const { "berth.dev/release": _, ...labels } = labelsOf(release);
  return service({
    name: release.agentName,
    selector: { "berth.dev/release": release.releaseId },
    metadata: { namespace, labels },
  });
}

/** A Knative Service: revisions, addresses of their own and scaling to zero are Knative's. */
export function knativeManifests(release: TargetRelease, settings: KubernetesSettings): readonly Resource[] {
  const labels = labelsOf(release);
  const { scale, timeouts } = release;
  const { enableServiceLinks: _links, terminationGracePeriodSeconds: _grace, ...pod } = podSpec(release, settings);
  return [
    serviceAccount(release, settings),
    networkPolicy(release, settings),
    {
      apiVersion: "serving.knative.dev/v1",
      kind: "Service",
      metadata: { name: releaseName(release), namespace: settings.namespace, labels },
      spec: {
        template: {
          metadata: {
            labels,
            annotations: {
              "autoscaling.knative.dev/min-scale": String(scale.min),
              "autoscaling.knative.dev/max-scale": String(scale.max),
              "autoscaling.knative.dev/metric": "concurrency",
              "autoscaling.knative.dev/target": String(scale.concurrency),
            },
          },
          spec: { ...pod, containerConcurrency: scale.concurrency, timeoutSeconds: timeouts.runSeconds },
        },
        traffic: [{ latestRevision: true, percent: 100 }],
      },
    },
  ];
}

function podSpec(release: TargetRelease, settings: KubernetesSettings): JsonObject {
  const { runtimeClass, audience, imagePullSecret } = settings;
  const token = audience === undefined ? undefined : tokenVolume(audience);
  return {
    serviceAccountName: release.agentName,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: Math.min(release.timeouts.runSeconds + 10, MAX_GRACE_SECONDS),
    ...(runtimeClass === undefined ? {} : { runtimeClassName: runtimeClass }),
    ...(imagePullSecret === undefined ? {} : { imagePullSecrets: [{ name: imagePullSecret }] }),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: UID,
      runAsGroup: UID,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [container(release, token !== undefined)],
    volumes: [{ name: "tmp", emptyDir: {} }, ...(token === undefined ? [] : [token])],
  };
}

function container(release: TargetRelease, hasToken: boolean): JsonObject {
  const { env, secretEnv, resources, port, timeouts } = release;
  const memory = `${resources.memoryMb}Mi`;
  const probe = { httpGet: { path: CARD_PATH, port: "http" } };
  return {
    name: "agent",
    image: release.image,
    // Written out: older servers refuse to merge the list without it.
    ports: [{ name: "http", containerPort: port, protocol: "TCP" }],
    env: [
      { name: "PORT", value: String(port) },
      ...Object.entries(env).map(([name, value]) => ({ name, value })),
      ...Object.entries(secretEnv).map(([name, reference]) => ({
        name,
        valueFrom: { secretKeyRef: secretKey(reference) },
      })),
    ],
    resources: {
      requests: { cpu: `${Math.round(resources.cpu * 100)}m`, memory },
      limits: { cpu: `${Math.round(resources.cpu * 1_000)}m`, memory },
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    startupProbe: { ...probe, periodSeconds: 1, failureThreshold: timeouts.startSeconds },
    readinessProbe: { ...probe, periodSeconds: 5 },
    volumeMounts: [
      { name: "tmp", mountPath: "/tmp" },
      ...(hasToken ? [{ name: "berth-token", mountPath: "/var/run/berth", readOnly: true }] : []),
    ],
  };
}

function tokenVolume(audience: string): JsonObject {
  const serviceAccountToken = { audience, expirationSeconds: TOKEN_SECONDS, path: "token" };
  return { name: "berth-token", projected: { sources: [{ serviceAccountToken }] } };
}

/** `secret/key`, or a secret with a key of the variable's own name. */
function secretKey(reference: string): JsonObject {
  const [name = reference, key = "value"] = reference.split("/");
  return { name, key };
}

function serviceAccount(release: TargetRelease, { namespace }: KubernetesSettings): Resource {
  const { "berth.dev/release": _, ...labels } = labelsOf(release);
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: release.agentName, namespace, labels },
    automountServiceAccountToken: false,
  };
}

function service({
  name,
  selector,
  metadata,
}: {
  readonly name: string;
  readonly selector: JsonObject;
  readonly metadata: Omit<Resource["metadata"], "name">;
}): Resource {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { ...metadata, name },
    spec: { selector, ports: [{ name: "http", port: 80, targetPort: "http", protocol: "TCP" }] },
  };
}

function autoscaler(
  release: TargetRelease,
  metadata: Omit<Resource["metadata"], "name">,
  minReplicas: number,
): Resource {
  const name = releaseName(release);
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { ...metadata, name },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
      minReplicas,
      maxReplicas: release.scale.max,
      metrics: [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } },
      ],
    },
  };
}

function disruptionBudget(name: string, metadata: Omit<Resource["metadata"], "name">, selector: JsonObject): Resource {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { ...metadata, name },
    spec: { minAvailable: 1, selector: { matchLabels: selector } },
  };
}

/** Addresses and ports are all that it can say: names are the way out's to enforce. */
function networkPolicy(release: TargetRelease, { namespace }: KubernetesSettings): Resource {
  const ports = [...new Set(release.egress.map((rule) => Number(/:(\d+)$/.exec(rule)?.[1] ?? 443)))].sort(
    (a, b) => a - b,
  );
  const dns = [
    { port: 53, protocol: "UDP" },
    { port: 53, protocol: "TCP" },
  ];
  const out = {
    to: [{ ipBlock: { cidr: "0.0.0.0/0", except: INNER_NETWORKS } }],
    ports: ports.map((port) => ({ port, protocol: "TCP" })),
  };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: releaseName(release), namespace, labels: labelsOf(release) },
    spec: {
      podSelector: { matchLabels: { "berth.dev/release": release.releaseId } },
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ ports: [{ port: release.port, protocol: "TCP" }] }],
      egress: ports.length === 0 ? [{ ports: dns }] : [{ ports: dns }, out],
    },
  };
}

function httpRoute(
  name: string,
  { gateway = "", domain }: KubernetesSettings,
  metadata: Omit<Resource["metadata"], "name">,
): Resource {
  const [namespace = "", parent = ""] = gateway.split("/");
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { ...metadata, name },
    spec: {
      parentRefs: [{ name: parent, namespace }],
      hostnames: [`${name}.${domain}`],
      rules: [{ backendRefs: [{ name, port: 80 }] }],
    },
  };
}
