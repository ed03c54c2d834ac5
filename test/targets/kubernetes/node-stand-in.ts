import { setTimeout as wait } from "node:timers/promises";
import { json } from "./control-plane.ts";
import type { ControlPlane } from "./control-plane.ts";
import { recordAt } from "./cluster-controllers.ts";
import { isRecord } from "./field-ownership.ts";
import type { JsonRecord } from "./field-ownership.ts";

const NODE = "node-1";
const PATCH = "application/strategic-merge-patch+json";

/**
 * What a kubelet tells the API server, without running anything: the node is ready, its pods are up, unless their image's
 * name has `bad` in it; pods that are deleted are gone at once. Rollouts, their failure and their deadlines are the
 * control plane's own.
 */
export async function standInForNode(plane: ControlPlane, signal: AbortSignal): Promise<void> {
  await plane.send("POST", "/api/v1/nodes", {
    type: "application/json",
    body: JSON.stringify({
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: NODE, labels: { "kubernetes.io/os": "linux" } },
    }),
  });
  const capacity = { cpu: "8", memory: "16Gi", pods: "110" };
  await plane.send("PATCH", `/api/v1/nodes/${NODE}/status`, {
    type: PATCH,
    body: JSON.stringify({
      status: {
        capacity,
        allocatable: capacity,
        conditions: [{ type: "Ready", status: "True", reason: "KubeletReady" }],
      },
    }),
  });
  while (!signal.aborted) {
    await renewLease(plane);
    const answer = await plane.send("GET", `/api/v1/pods?fieldSelector=spec.nodeName%3D${NODE}`);
    const { items } = json(answer);
    for (const pod of Array.isArray(items) ? items.filter(isRecord) : []) await tend(plane, pod);
    await wait(200, undefined, { signal }).catch(() => undefined);
  }
}

async function renewLease(plane: ControlPlane): Promise<void> {
  const path = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
  const spec = {
    holderIdentity: NODE,
    leaseDurationSeconds: 40,
    renewTime: new Date().toISOString().replace("Z", "000Z"),
  };
  const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: NODE }, spec };
  const type = "application/apply-patch+yaml";
  await plane.send("PATCH", `${path}/${NODE}?fieldManager=node&force=true`, { type, body: JSON.stringify(lease) });
}

async function tend(plane: ControlPlane, pod: JsonRecord): Promise<void> {
  const { name, namespace, deletionTimestamp } = recordAt(pod, "metadata");
  const path = `/api/v1/namespaces/${text(namespace)}/pods/${text(name)}`;
  if (deletionTimestamp !== undefined) {
    const body = JSON.stringify({ gracePeriodSeconds: 0 });
    await plane.send("DELETE", path, { type: "application/json", body });
    return;
  }
  if (recordAt(pod, "status")["containerStatuses"] !== undefined) return;
  const { containers } = recordAt(pod, "spec");
  const [container] = Array.isArray(containers) ? containers.filter(isRecord) : [];
  const image = text(container?.["image"]);
  const isUp = !image.includes("bad");
  const state = isUp
    ? { running: { startedAt: new Date().toISOString() } }
    : { waiting: { reason: "ImagePullBackOff", message: `Back-off pulling image "${image}"` } };
  const ready = isUp ? "True" : "False";
  const conditions = ["Initialized", "PodScheduled"].map((type) => ({ type, status: "True" }));
  const status = {
    phase: isUp ? "Running" : "Pending",
    conditions: [...conditions, { type: "Ready", status: ready }, { type: "ContainersReady", status: ready }],
    containerStatuses: [{ name: "agent", image, imageID: image, ready: isUp, restartCount: 0, state }],
  };
  await plane.send("PATCH", `${path}/status`, { type: PATCH, body: JSON.stringify({ status }) });
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
