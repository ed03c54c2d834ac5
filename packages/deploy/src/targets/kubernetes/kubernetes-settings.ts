import { PlatformError } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import type { TargetField } from "../deploy-target.ts";
import { parseSettings } from "../parse-settings.ts";

export interface KubernetesSettings {
  readonly namespace: string;
  /** `deployment`: Deployment and Services; `knative`: a Knative Service, which scales to zero. */
  readonly flavor: "deployment" | "knative";
  readonly runtimeClass?: string;
  /** `in-cluster`: by the Service's name, from a platform in the same cluster; `gateway`: by an HTTPRoute. */
  readonly reach: "in-cluster" | "gateway";
  /** Of a Gateway of the Gateway API: `namespace/name`. */
  readonly gateway?: string;
  /** Under which each release has a name: `agents.example.org`. */
  readonly domain?: string;
  readonly scheme: "http" | "https";
  /** Audience of the token that pods get to prove who they are. */
  readonly audience?: string;
  readonly imagePullSecret?: string;
}

/** RFC 1123 label. */
const LABEL = "[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?";
const DOMAIN = `${LABEL}(?:\\.${LABEL})*`;

export const KUBERNETES_FIELDS: readonly TargetField[] = [
  {
    key: "namespace",
    label: "Namespace",
    help: "It must be there already.",
    type: "text",
    required: true,
    pattern: LABEL,
    example: "agents",
  },
  {
    key: "flavor",
    label: "Run as",
    help: "deployment: Deployment, Service and autoscaler; knative: a Knative Service, which scales to zero.",
    type: "choice",
    required: false,
    choices: ["deployment", "knative"],
    example: "deployment",
  },
  {
    key: "runtimeClass",
    label: "Runtime class",
    help: "The pods' sandbox, where the cluster has one.",
    type: "text",
    required: false,
    pattern: DOMAIN,
    example: "gvisor",
  },
  {
    key: "reach",
    label: "Reached by",
    help: "in-cluster: by the Service's name, when this platform runs in the cluster; gateway: by an HTTPRoute under the domain.",
    type: "choice",
    required: false,
    choices: ["in-cluster", "gateway"],
    example: "in-cluster",
  },
  {
    key: "gateway",
    label: "Gateway",
    help: "Namespace and name of the Gateway that routes are attached to.",
    type: "text",
    required: false,
    pattern: `${LABEL}/${DOMAIN}`,
    example: "infra/public",
  },
  {
    key: "domain",
    label: "Domain",
    help: "Each release is reached at a name below it; a wildcard record must lead to the Gateway.",
    type: "text",
    required: false,
    pattern: DOMAIN,
    example: "agents.example.org",
  },
  {
    key: "scheme",
    label: "Scheme",
    help: "Of the Gateway's listener.",
    type: "choice",
    required: false,
    choices: ["https", "http"],
    example: "https",
  },
  {
    key: "audience",
    label: "Token audience",
    help: "Pods get a service account token for it, by which they can prove who they are.",
    type: "text",
    required: false,
    pattern: "[\\x21-\\x7e]{1,200}",
    example: "https://berth.example.org",
  },
  {
    key: "imagePullSecret",
    label: "Pull secret",
    help: "Name of the namespace's secret that opens the registry.",
    type: "text",
    required: false,
    pattern: DOMAIN,
    example: "registry",
  },
];

/** @throws CONFIG_INVALID */
export function parseKubernetesSettings(settings: JsonObject): KubernetesSettings {
  const plain = parseSettings(KUBERNETES_FIELDS, settings);
  const text = (key: string): string | undefined => {
    const value = plain[key];
    return typeof value === "string" ? value : undefined;
  };
  const reach = text("reach") === "gateway" ? "gateway" : "in-cluster";
  const [gateway, domain] = [text("gateway"), text("domain")];
  if (reach === "gateway" && (gateway === undefined || domain === undefined)) {
    throw new PlatformError("CONFIG_INVALID", "A target that is reached by a gateway needs gateway and domain.", {
      hint: "Example: gateway infra/public, domain agents.example.org.",
    });
  }
  const optional = {
    runtimeClass: text("runtimeClass"),
    audience: text("audience"),
    imagePullSecret: text("imagePullSecret"),
  };
  return {
    namespace: text("namespace") ?? "default",
    flavor: text("flavor") === "knative" ? "knative" : "deployment",
    reach,
    scheme: text("scheme") === "http" ? "http" : "https",
    ...(gateway === undefined ? {} : { gateway }),
    ...(domain === undefined ? {} : { domain }),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  };
}
