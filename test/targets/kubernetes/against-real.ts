// The Kubernetes target against a real control plane (1.20.2): rollout, failed rollout, going back, drift and conflict,
// pruning. Outside `npm test`, because building the control plane takes minutes:
//   test/targets/kubernetes/build-control-plane.sh /var/tmp/kubernetes
//   node_modules/.bin/node test/targets/kubernetes/against-real.ts /var/tmp/kubernetes/bin
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { kubernetesTarget } from "@berth/deploy/targets";
import type { Placement, TargetContext, TargetPlan, TargetRelease } from "@berth/deploy/targets";
import { json, openControlPlane } from "./control-plane.ts";
import type { ControlPlane } from "./control-plane.ts";
import { standInForNode } from "./node-stand-in.ts";

const NAMESPACE = "agents";
const DEPLOYMENTS = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`;
const settings = kubernetesTarget.parse({ namespace: NAMESPACE, audience: "https://berth.example.org" });
const run = promisify(execFile);

const binaries = resolve(process.argv[2] ?? "/var/tmp/kubernetes/bin");
const folder = await mkdtemp(join(tmpdir(), "berth-kubernetes-"));
const stop = new AbortController();
const plane = await openControlPlane(binaries, folder, 24_379);
const node = standInForNode(plane, stop.signal);
try {
  await plane.send("POST", "/api/v1/namespaces", {
    type: "application/json",
    body: JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } }),
  });
  const context = contextOf(plane);
  await scenario(context);
} finally {
  stop.abort();
  await node;
  await plane[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
}

async function scenario(context: TargetContext): Promise<void> {
  const apply = async (plan: TargetPlan): Promise<Placement> => await kubernetesTarget.apply(context, plan, settings);

  const first = kubernetesTarget.plan(releaseOf("rel_one", "registry.example/echo:1"), settings);
  const started = performance.now();
  const one = await apply(first);
  step(`rollout of 2 copies in ${Math.round(performance.now() - started)} ms`);
  assert.deepEqual((await kubernetesTarget.status(context, one, settings)).instances, { ready: 2, wanted: 2 });
  assert.equal(await selected(), "rel_one");
  const settled = kubernetesTarget.diff(first, await kubernetesTarget.observe(context, first, settings));
  const different = settled.filter(({ change }) => change !== "unchanged");
  assert.deepEqual(
    different.map(({ resource, change }) => `${change} ${resource}`),
    // What 1.20 has no kinds for.
    different
      .filter(({ resource }) => /autoscaling\/v2|policy\/v1/.test(resource))
      .map(({ resource }) => `create ${resource}`),
  );
  await apply(first);
  step("applied again: nothing differs");

  const second = kubernetesTarget.plan(releaseOf("rel_two", "registry.example/echo:2"), settings);
  const two = await apply(second);
  assert.equal(await selected(), "rel_two");
  const { stdout } = await run("kubectl", kubectl("get", "deployments", "-o", "name"));
  assert.equal(stdout.trim().split("\n").length, 2);
  step("the second release has the agent's name; kubectl sees both");

  const bad = kubernetesTarget.plan(releaseOf("rel_bad", "registry.example/bad:1", 5), settings);
  await assert.rejects(apply(shortDeadline(bad)), { reason: "TARGET_FAILED", message: /ImagePullBackOff/ });
  assert.equal(await selected(), "rel_two");
  assert.equal((await kubernetesTarget.status(context, two, settings)).state, "ready");
  await until(async () => (await plane.send("GET", `${DEPLOYMENTS}/${nameOf(bad)}`)).status === 404);
  step("a rollout that fails is told with its reason, leaves the name where it was, and nothing else");

  await kubernetesTarget.rollback(context, one, settings);
  assert.equal(await selected(), "rel_one");
  step("gone back to the first");

  const path = `${DEPLOYMENTS}/${nameOf(first)}`;
  await run("kubectl", kubectl("set", "image", `deployment/${nameOf(first)}`, "agent=registry.example/other:1"));
  const drift = kubernetesTarget.diff(first, await kubernetesTarget.observe(context, first, settings));
  assert.ok(drift.some(({ differences }) => differences.some(({ is }) => is === "registry.example/other:1")));
  await assert.rejects(apply(first), { reason: "TARGET_CONFLICT", message: /conflict with "kubectl/ });
  step("what kubectl changed is seen, and not taken from it");

  await kubernetesTarget.destroy(context, two, settings);
  await kubernetesTarget.destroy(context, two, settings);
  await until(async () => (await plane.send("GET", `${DEPLOYMENTS}/${nameOf(second)}`)).status === 404);
  assert.equal((await plane.send("GET", path)).status, 200);
  assert.equal(await selected(), "rel_one");
  await kubernetesTarget.destroy(context, one, settings);
  await until(async () => (await plane.send("GET", path)).status === 404);
  const left = json(await plane.send("GET", `/api/v1/namespaces/${NAMESPACE}/services`))["items"];
  assert.deepEqual(
    (Array.isArray(left) ? left : [])
      .map((service) => JSON.stringify(service))
      .filter((text) => !text.includes("rel_bad")),
    [],
  );
  step("destroyed: only what was its own");
}

function releaseOf(releaseId: string, image: string, startSeconds = 30): TargetRelease {
  return {
    orgId: "org_1",
    agentId: "agt_1",
    agentName: "echo",
    releaseId,
    image,
    port: 8080,
    env: {},
    secretEnv: {},
    resources: { memoryMb: 128, cpu: 0.5 },
    scale: { min: 2, max: 4, concurrency: 20 },
    timeouts: { startSeconds, runSeconds: 60 },
    egress: [],
    labels: {},
  };
}

/** Three minutes are what users get; five seconds show the same. */
function shortDeadline(plan: TargetPlan): TargetPlan {
  const desired = JSON.parse(
    JSON.stringify(plan.desired).replaceAll('"progressDeadlineSeconds":180', '"progressDeadlineSeconds":5'),
  );
  return { ...plan, desired };
}

function nameOf({ files }: TargetPlan): string {
  return Object.keys(files)[0]?.replace(".yaml", "") ?? "";
}

async function selected(): Promise<unknown> {
  const service = json(await plane.send("GET", `/api/v1/namespaces/${NAMESPACE}/services/echo`));
  return JSON.parse(JSON.stringify(service)).spec.selector["berth.dev/release"];
}

function kubectl(...args: readonly string[]): readonly string[] {
  return ["--kubeconfig", join(folder, "kubeconfig"), "--cache-dir", join(folder, "cache"), "-n", NAMESPACE, ...args];
}

function contextOf(cluster: ControlPlane): TargetContext {
  return {
    signal: AbortSignal.timeout(180_000),
    now: Date.now,
    sleep: async (ms) => await wait(ms),
    log: (line) => process.stdout.write(`    ${line}\n`),
    http: {
      send: async ({ method, url, headers = {}, body }) =>
        await cluster.send(
          method,
          url,
          body === undefined
            ? undefined
            : { type: headers["content-type"] ?? "application/json", body: Buffer.from(body).toString("utf8") },
        ),
      lines: async function* ({ url }) {
        yield* Buffer.from((await cluster.send("GET", url)).body)
          .toString("utf8")
          .split("\n");
      },
    },
  };
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error("it did not come to that within 30 seconds");
    await wait(200);
  }
}

function step(text: string): void {
  process.stdout.write(`ok  ${text}\n`);
}
