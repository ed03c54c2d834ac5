import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { kubernetesTarget } from "@berth/deploy/targets";
import type { TargetContext, TargetRelease } from "@berth/deploy/targets";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLocalCluster } from "./local-cluster.ts";
import type { LocalCluster } from "./local-cluster.ts";
import { modelImport } from "./model-schemas.ts";
import { fetchContext } from "../fetch-context.ts";

const run = promisify(execFile);
const settings = kubernetesTarget.parse({
  namespace: "agents",
  audience: "https://berth.example.org",
  runtimeClass: "gvisor",
});
const knative = kubernetesTarget.parse({ namespace: "agents", flavor: "knative" });
const gateway = kubernetesTarget.parse({
  namespace: "agents",
  reach: "gateway",
  gateway: "infra/public",
  domain: "agents.example.org",
});

function releaseOf(change: Partial<TargetRelease> = {}): TargetRelease {
  return {
    orgId: "org_1",
    agentId: "agt_1",
    agentName: "echo",
    releaseId: "rel_one",
    image: `registry.example/echo@sha256:${"a".repeat(64)}`,
    port: 8080,
    env: { GREETING: "hello" },
    secretEnv: { API_KEY: "echo-secrets/api-key" },
    resources: { memoryMb: 256, cpu: 0.5 },
    scale: { min: 1, max: 3, concurrency: 20 },
    timeouts: { startSeconds: 30, runSeconds: 300 },
    egress: ["api.example.org:443"],
    labels: {},
    ...change,
  };
}

const DEPLOYMENTS = "/apis/apps/v1/namespaces/agents/deployments";
const SERVICES = "/api/v1/namespaces/agents/services";
let cluster: LocalCluster;
let context: TargetContext;
const said: string[] = [];

beforeAll(async () => {
  cluster = await openLocalCluster();
  context = fetchContext(cluster.url, (line) => said.push(line));
});
afterAll(async () => await cluster[Symbol.asyncDispose]());

describe("a plan for Kubernetes", () => {
  it.each([
    ["deployment", settings, releaseOf({ scale: { min: 2, max: 5, concurrency: 20 } })],
    ["gateway", gateway, releaseOf({ egress: [], scale: { min: 1, max: 1, concurrency: 20 } })],
    ["knative", knative, releaseOf({ scale: { min: 0, max: 4, concurrency: 10 } })],
  ])("is what its golden file says: %s", async (name, chosen, release) => {
    const plan = kubernetesTarget.plan(release, chosen);
    expect(kubernetesTarget.plan(release, chosen)).toEqual(plan);
    const text = Object.entries(plan.files)
      .map(([path, file]) => `# ${path}\n${file}`)
      .join("");
    await expect(text).toMatchFileSnapshot(`golden/${name}.yaml`);
  });

  it("has no member that the official types do not have", async () => {
    const plans = [settings, gateway, knative].map((chosen) =>
      kubernetesTarget.plan(releaseOf({ scale: { min: 2, max: 5, concurrency: 20 } }), chosen),
    );
    const folder = await mkdtemp(join(import.meta.dirname, "..", "typed-"));
    try {
      const objects = plans.flatMap(({ desired }) => Object.values(desired));
      const lines = objects.flatMap((object, at) => {
        const { from, type } = modelImport(object);
        return [
          `import type { ${type} as T${at} } from "${from}";`,
          `export const o${at}: T${at} = ${JSON.stringify(object)};`,
        ];
      });
      // A member too many in a literal is an error of the compiler: here, the replicas of a Deployment.
      const planted = `import type { IDeployment } from "kubernetes-models/apps/v1/Deployment";\n// @ts-expect-error\nexport const p: IDeployment = { apiVersion: "apps/v1", kind: "Deployment", spec: { replcas: 1 } as const };\n`;
      await writeFile(join(folder, "objects.ts"), `${lines.join("\n")}\n`);
      await writeFile(join(folder, "planted.ts"), planted);
      await writeFile(
        join(folder, "tsconfig.json"),
        JSON.stringify({
          compilerOptions: {
            strict: true,
            noEmit: true,
            skipLibCheck: true,
            module: "esnext",
            moduleResolution: "bundler",
            types: [],
          },
          include: ["*.ts"],
        }),
      );
      await run(join(import.meta.dirname, "../../../node_modules/.bin/tsc"), ["-p", folder]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("warns of what a cluster cannot do", () => {
    const { warnings } = kubernetesTarget.plan(releaseOf({ scale: { min: 0, max: 1, concurrency: 1 } }), settings);
    expect(warnings.join("\n")).toMatch(/knows no names.*api\.example\.org:443[^]*does not scale to zero/);
  });
});

describe("settings", () => {
  it.each([
    [{}, /namespace \(Namespace\) is needed/],
    [{ namespace: "Agents" }, /namespace .* is not of the form/],
    [{ namespace: "a", flavour: "knative" }, /no setting "flavour"/],
    [{ namespace: "a", flavor: "pods" }, /must be one of deployment, knative/],
    [{ namespace: "a", reach: "gateway" }, /needs gateway and domain/],
    [{ namespace: "a\nb" }, /namespace .* is not of the form/],
  ])("are refused with the field and the reason: %j", (bad, message) => {
    expect(() => kubernetesTarget.parse(bad)).toThrow(message);
  });
});

describe("a release on a cluster", () => {
  it("comes up, and its agent's own name leads to it from then on", async () => {
    const plan = kubernetesTarget.plan(releaseOf(), settings);
    const before = kubernetesTarget.diff(plan, await kubernetesTarget.observe(context, plan, settings));
    expect(new Set(before.map(({ change }) => change))).toEqual(new Set(["create"]));
    const placement = await kubernetesTarget.apply(context, plan, settings);
    const name = Object.keys(plan.files)[0]?.replace(".yaml", "") ?? "";
    expect(placement.url).toBe(`http://${name}.agents.svc`);
    expect(cluster.object(`${SERVICES}/echo`)).toMatchObject({
      spec: { selector: { "berth.dev/release": "rel_one" } },
    });
    expect(await kubernetesTarget.status(context, placement, settings)).toMatchObject({
      state: "ready",
      instances: { ready: 1, wanted: 1 },
    });
    const after = kubernetesTarget.diff(plan, await kubernetesTarget.observe(context, plan, settings));
    expect(after.filter(({ change }) => change !== "unchanged")).toEqual([]);
    // Again: nothing changes, nothing is refused.
    await kubernetesTarget.apply(context, plan, settings);
  });

  it("is left where it was when the next one does not come up", async () => {
    const bad = kubernetesTarget.plan(releaseOf({ releaseId: "rel_bad", image: "registry.example/bad:1" }), settings);
    await expect(kubernetesTarget.apply(context, bad, settings)).rejects.toMatchObject({
      reason: "TARGET_FAILED",
      message: expect.stringMatching(/ImagePullBackOff.*imagePullSecret/),
    });
    expect(cluster.object(`${SERVICES}/echo`)).toMatchObject({
      spec: { selector: { "berth.dev/release": "rel_one" } },
    });
    expect(cluster.object(`${DEPLOYMENTS}/${deploymentOf(bad)}`)).toBeUndefined();
    const crash = kubernetesTarget.plan(
      releaseOf({ releaseId: "rel_crash", image: "registry.example/crash:1" }),
      settings,
    );
    await expect(kubernetesTarget.apply(context, crash, settings)).rejects.toThrow(/CrashLoopBackOff.*last output/);
  });

  it("gives way to the next, is gone back to, and goes with what is its own", async () => {
    const first = kubernetesTarget.plan(releaseOf(), settings);
    const old = await kubernetesTarget.apply(context, first, settings);
    const second = kubernetesTarget.plan(releaseOf({ releaseId: "rel_two" }), settings);
    const current = await kubernetesTarget.apply(context, second, settings);
    expect(cluster.object(`${SERVICES}/echo`)).toMatchObject({
      spec: { selector: { "berth.dev/release": "rel_two" } },
    });
    await kubernetesTarget.rollback(context, old, settings);
    expect(cluster.object(`${SERVICES}/echo`)).toMatchObject({
      spec: { selector: { "berth.dev/release": "rel_one" } },
    });
    await kubernetesTarget.destroy(context, current, settings);
    await kubernetesTarget.destroy(context, current, settings);
    expect(cluster.object(`${DEPLOYMENTS}/${deploymentOf(second)}`)).toBeUndefined();
    expect(cluster.object(`${DEPLOYMENTS}/${deploymentOf(first)}`)).toBeDefined();
    expect(cluster.object(`${SERVICES}/echo`)).toBeDefined();
    await kubernetesTarget.destroy(context, old, settings);
    expect(cluster.object(`${SERVICES}/echo`)).toBeUndefined();
    expect((await kubernetesTarget.status(context, old, settings)).state).toBe("absent");
  });

  it("shows what other hands changed, and does not take it from them", async () => {
    const plan = kubernetesTarget.plan(releaseOf({ releaseId: "rel_drift" }), settings);
    await kubernetesTarget.apply(context, plan, settings);
    const path = `${DEPLOYMENTS}/${deploymentOf(plan)}`;
    const patch = {
      spec: { template: { spec: { containers: [{ name: "agent", image: "registry.example/other:1" }] } } },
    };
    await send("PATCH", path, patch);
    const drift = kubernetesTarget.diff(plan, await kubernetesTarget.observe(context, plan, settings));
    const [changed] = drift.filter(({ change }) => change === "update");
    expect(changed?.differences).toMatchObject([{ is: "registry.example/other:1" }]);
    await expect(kubernetesTarget.apply(context, plan, settings)).rejects.toMatchObject({
      reason: "TARGET_CONFLICT",
      message: expect.stringContaining('conflict with "kubectl"'),
    });
  });

  it("waits as long as a busy server says, and gives up in the end", async () => {
    cluster.answer(2, 429, { "retry-after": "0" });
    const plan = kubernetesTarget.plan(releaseOf({ releaseId: "rel_busy" }), settings);
    await kubernetesTarget.apply(context, plan, settings);
    cluster.answer(5, 503, { "retry-after": "0" });
    await expect(kubernetesTarget.apply(context, plan, settings)).rejects.toMatchObject({ reason: "TARGET_FAILED" });
    cluster.answer(0, 0);
  });

  it("does without an autoscaler where the cluster has no such kind, and not without what it needs", async () => {
    await using old = await openLocalCluster();
    old.lacks("horizontalpodautoscalers", "httproutes");
    const lines: string[] = [];
    const there = fetchContext(old.url, (line) => lines.push(line));
    const two = kubernetesTarget.plan(releaseOf({ scale: { min: 2, max: 3, concurrency: 20 } }), settings);
    await kubernetesTarget.apply(there, two, settings);
    expect(lines.join("\n")).toMatch(/HorizontalPodAutoscaler .* is left out/);
    expect(old.object(`${DEPLOYMENTS}/${deploymentOf(two)}`)).toMatchObject({ spec: { replicas: 2 } });
    const routed = kubernetesTarget.plan(releaseOf(), gateway);
    await expect(kubernetesTarget.apply(there, routed, gateway)).rejects.toThrow(
      /no kind gateway\.networking\.k8s\.io\/v1 HTTPRoute/,
    );
  });

  it("runs as a Knative Service too", async () => {
    const plan = kubernetesTarget.plan(releaseOf({ releaseId: "rel_kn" }), knative);
    const placement = await kubernetesTarget.apply(context, plan, knative);
    expect(placement.url).toMatch(/^http:\/\/echo-[0-9a-f]{8}\.agents\.example\.org$/);
    const bad = kubernetesTarget.plan(releaseOf({ releaseId: "rel_kn2", image: "registry.example/bad:1" }), knative);
    await expect(kubernetesTarget.apply(context, bad, knative)).rejects.toThrow(/Unable to fetch image/);
  });

  it("gives its lines once, in order", async () => {
    const plan = kubernetesTarget.plan(releaseOf({ releaseId: "rel_logs" }), settings);
    const placement = await kubernetesTarget.apply(context, plan, settings);
    const lines: string[] = [];
    for await (const { text } of kubernetesTarget.logs(context, placement, settings, { since: 0, follow: false }))
      lines.push(text);
    expect(lines).toEqual([expect.stringContaining("is up"), "listening"]);
  });
});

it("is read by kubectl as it is", async () => {
  const plan = kubernetesTarget.plan(releaseOf({ releaseId: "rel_kubectl" }), settings);
  await kubernetesTarget.apply(context, plan, settings);
  const home = await mkdtemp(join(import.meta.dirname, "..", "kube-"));
  try {
    const args = [
      "--server",
      cluster.url,
      "--cache-dir",
      home,
      "-n",
      "agents",
      "get",
      "deployment",
      deploymentOf(plan),
      "-o",
      "json",
    ];
    const { stdout } = await run("kubectl", args, {
      env: { ...process.env, HOME: home, KUBECONFIG: join(home, "none") },
    });
    const read: unknown = JSON.parse(stdout);
    expect(read).toMatchObject({
      spec: { template: { spec: { runtimeClassName: "gvisor", automountServiceAccountToken: false } } },
    });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});

function deploymentOf(plan: ReturnType<typeof kubernetesTarget.plan>): string {
  return Object.keys(plan.files)[0]?.replace(".yaml", "") ?? "";
}

async function send(method: string, path: string, body: object): Promise<void> {
  const answer = await fetch(`${cluster.url}${path}`, {
    method,
    headers: { "content-type": "application/strategic-merge-patch+json" },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
}
