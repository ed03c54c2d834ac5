import type { JsonRecord } from "./field-ownership.ts";

const GROUPS: Readonly<
  Record<string, { readonly versions: readonly string[]; readonly kinds: Readonly<Record<string, string>> }>
> = {
  "": { versions: ["v1"], kinds: { services: "Service", serviceaccounts: "ServiceAccount", pods: "Pod" } },
  apps: { versions: ["v1"], kinds: { deployments: "Deployment" } },
  "networking.k8s.io": { versions: ["v1"], kinds: { networkpolicies: "NetworkPolicy" } },
  autoscaling: { versions: ["v2"], kinds: { horizontalpodautoscalers: "HorizontalPodAutoscaler" } },
  policy: { versions: ["v1"], kinds: { poddisruptionbudgets: "PodDisruptionBudget" } },
};

/** What kubectl asks before anything else: which groups, versions and kinds there are. */
export function discovery(path: string): JsonRecord | undefined {
  if (path === "/version") return { major: "1", minor: "32", gitVersion: "v1.32.0" };
  if (path === "/api") return { kind: "APIVersions", versions: ["v1"] };
  if (path === "/apis") {
    const groups = Object.entries(GROUPS).filter(([name]) => name !== "");
    return {
      kind: "APIGroupList",
      apiVersion: "v1",
      groups: groups.map(([name, { versions }]) => groupOf(name, versions)),
    };
  }
  const match = /^\/(?:api\/(v1)|apis\/([^/]+)\/([^/]+))$/.exec(path);
  if (match === null) return undefined;
  const [, core, group = "", version = core ?? ""] = match;
  const found = GROUPS[group];
  if (found === undefined || !found.versions.includes(version)) return undefined;
  const groupVersion = group === "" ? version : `${group}/${version}`;
  const resources = Object.entries(found.kinds).map(([name, kind]) => ({
    name,
    singularName: kind.toLowerCase(),
    namespaced: true,
    kind,
    verbs: ["get", "list", "patch", "delete"],
  }));
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources };
}

function groupOf(name: string, versions: readonly string[]): JsonRecord {
  const all = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: all, preferredVersion: all[0] ?? {} };
}
