import type { JsonValue } from "@berth/protocol";

/** An object of the Kubernetes API, as it is applied. */
export interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: { readonly [name: string]: string };
  };
  readonly [part: string]: JsonValue | undefined;
}

/** Plural names of the kinds that are applied. Those that are optional are left out where the server has none of them. */
const KINDS: Readonly<Record<string, { readonly plural: string; readonly optional?: true }>> = {
  ServiceAccount: { plural: "serviceaccounts" },
  Deployment: { plural: "deployments" },
  Service: { plural: "services" },
  NetworkPolicy: { plural: "networkpolicies" },
  HorizontalPodAutoscaler: { plural: "horizontalpodautoscalers", optional: true },
  PodDisruptionBudget: { plural: "poddisruptionbudgets", optional: true },
  HTTPRoute: { plural: "httproutes" },
};

/** What may belong to a release, in the order it is removed in: who is called first. */
export const REMOVABLE: readonly { readonly apiVersion: string; readonly kind: string }[] = [
  { apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute" },
  { apiVersion: "serving.knative.dev/v1", kind: "Service" },
  { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" },
  { apiVersion: "v1", kind: "Service" },
  { apiVersion: "apps/v1", kind: "Deployment" },
  { apiVersion: "policy/v1", kind: "PodDisruptionBudget" },
  { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
];

/** Its name in plans and changes: `apps/v1 Deployment echo-1f2e3d4c`. */
export function resourceId({ apiVersion, kind, metadata }: Resource): string {
  return `${apiVersion} ${kind} ${metadata.name}`;
}

export function isOptional({ kind }: Resource): boolean {
  return KINDS[kind]?.optional === true;
}

/** Below the server's address. */
export function resourcePath({ apiVersion, kind, metadata }: Resource): string {
  return `${collectionPath({ apiVersion, kind, namespace: metadata.namespace })}/${metadata.name}`;
}

export function collectionPath({
  apiVersion,
  kind,
  namespace,
}: {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
}): string {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const plural = KINDS[kind]?.plural ?? `${kind.toLowerCase()}s`;
  return `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
}
