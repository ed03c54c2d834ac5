import { isRecord } from "./field-ownership.ts";
import type { Json, JsonRecord } from "./field-ownership.ts";

/**
 * What controllers and kubelets would do with an object, at once: pods of a Deployment come up unless their image's name
 * says otherwise (`bad`: it cannot be pulled; `crash`: it ends; `slow`: never ready, no deadline).
 */
export function statusOf(
  object: JsonRecord,
): { readonly status: JsonRecord; readonly pods: readonly JsonRecord[] } | undefined {
  if (object["kind"] === "Deployment") return deployment(object);
  if (object["apiVersion"] === "serving.knative.dev/v1") return knative(object);
  return undefined;
}

const TROUBLE: Readonly<Record<string, { readonly reason: string; readonly message: string }>> = {
  bad: { reason: "ImagePullBackOff", message: "Back-off pulling image" },
  crash: { reason: "CrashLoopBackOff", message: "back-off 10s restarting failed container" },
};

function deployment(object: JsonRecord): { readonly status: JsonRecord; readonly pods: readonly JsonRecord[] } {
  const metadata = recordAt(object, "metadata");
  const replicas = numberAt(object, "spec", "replicas", 1);
  const image = imageOf(recordAt(object, "spec", "template", "spec"));
  const trouble = Object.entries(TROUBLE).find(([word]) => image.includes(word))?.[1];
  const isUp = trouble === undefined && !image.includes("slow");
  const ready = isUp ? replicas : 0;
  const conditions: Json[] = [
    { type: "Available", status: isUp ? "True" : "False", message: "" },
    trouble === undefined
      ? {
          type: "Progressing",
          status: "True",
          reason: isUp ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
          message: "",
        }
      : {
          type: "Progressing",
          status: "False",
          reason: "ProgressDeadlineExceeded",
          message: `ReplicaSet "${textAt(metadata, "name")}" has timed out progressing.`,
        },
  ];
  return {
    status: {
      observedGeneration: metadata["generation"] ?? 1,
      replicas,
      updatedReplicas: replicas,
      readyReplicas: ready,
      availableReplicas: ready,
      conditions,
    },
    pods: Array.from({ length: replicas }, (_, at) => pod(object, at, trouble)),
  };
}

function pod(
  object: JsonRecord,
  at: number,
  trouble: { readonly reason: string; readonly message: string } | undefined,
): JsonRecord {
  const metadata = recordAt(object, "metadata");
  const template = recordAt(object, "spec", "template");
  const state: Json =
    trouble === undefined ? { running: { startedAt: "2026-01-01T00:00:00Z" } } : { waiting: { ...trouble } };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `${textAt(metadata, "name")}-${at}`,
      namespace: metadata["namespace"] ?? "",
      labels: recordAt(template, "metadata")["labels"] ?? {},
    },
    spec: template["spec"] ?? {},
    status: {
      phase: trouble === undefined ? "Running" : "Pending",
      containerStatuses: [{ name: "agent", ready: trouble === undefined, state }],
    },
  };
}

function knative(object: JsonRecord): { readonly status: JsonRecord; readonly pods: readonly JsonRecord[] } {
  const metadata = recordAt(object, "metadata");
  const image = imageOf(recordAt(object, "spec", "template", "spec"));
  const isUp = !image.includes("bad");
  const name = textAt(metadata, "name");
  return {
    status: {
      observedGeneration: metadata["generation"] ?? 1,
      url: `http://${name}.${textAt(metadata, "namespace")}.example.org`,
      conditions: [
        {
          type: "Ready",
          status: isUp ? "True" : "False",
          message: isUp ? "" : `Revision "${name}-00001" failed: Unable to fetch image`,
        },
      ],
    },
    pods: [],
  };
}

function imageOf(spec: JsonRecord): string {
  const containers = spec["containers"];
  const first: Json | undefined = Array.isArray(containers) ? containers[0] : undefined;
  return isRecord(first) ? textAt(first, "image") : "";
}

function textAt(object: JsonRecord, name: string): string {
  const value = object[name];
  return typeof value === "string" ? value : "";
}

export function recordAt(object: JsonRecord, ...path: readonly string[]): JsonRecord {
  return path.reduce<JsonRecord>((part, name) => {
    const value = part[name];
    return isRecord(value) ? value : {};
  }, object);
}

function numberAt(object: JsonRecord, part: string, name: string, otherwise: number): number {
  const value = recordAt(object, part)[name];
  return typeof value === "number" ? value : otherwise;
}
