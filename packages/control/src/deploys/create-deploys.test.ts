import type { DeploymentRecord } from "@berth/store";
import { expect, test, vi } from "vitest";
import { DeployWorld, dora, sourceOf } from "./deploys.fixture.ts";

const STEPS = ["fetch", "build", "image", "release", "health check", "evaluating", "switch"] as const;

function isAt(name: string, status: "running" | "done"): (record: DeploymentRecord) => boolean {
  return ({ steps }) => steps.at(-1)?.name === name && steps.at(-1)?.status === status;
}

/** Live once, with nothing left over and a log without gaps. */
async function expectLive(world: DeployWorld, { deploymentId, orgId }: DeploymentRecord): Promise<DeploymentRecord> {
  const ended = await world.ended({ deploymentId, orgId });
  expect(ended.error).toBeUndefined();
  expect(ended.status).toBe("live");
  const found = await world.store.agents.find("org_1", "fx");
  expect(found?.release.releaseId).toBe(ended.releaseId);
  expect(await world.releaseFolders()).toHaveLength(1);
  await vi.waitFor(async () => expect(await world.workFolders()).toEqual([]));
  const lines = await world.lines(ended);
  expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, n) => n + 1));
  return ended;
}

test("a deployment goes through its steps and leaves nothing but its release", async () => {
  await using world = new DeployWorld();
  const accepted = await world.deploy();
  expect(accepted).toMatchObject({ status: "queued", agentName: "fx", steps: [] });
  const ended = await expectLive(world, accepted);
  expect(ended.steps.map(({ name, status, attempt }) => [name, status, attempt])).toEqual(
    STEPS.map((name) => [name, "done", 1]),
  );
  const { commit } = ended.revision ?? {};
  expect((await world.lines(ended)).map(({ text }) => text)).toEqual(["accepted", `commit ${commit}`, "bundling"]);
  expect(
    await world.store.agents.releases("org_1", (await world.store.agents.find("org_1", "fx"))?.agent.agentId ?? ""),
  ).toHaveLength(1);
});

for (const name of STEPS) {
  for (const [status, when] of [
    ["running", "after"],
    ["done", "before"],
    ["done", "after"],
  ] as const) {
    test(`a platform that is killed ${when} it keeps that ${name} is ${status} goes on and ends live, once`, async () => {
      await using world = new DeployWorld();
      const killed = world.killAt(isAt(name, status), when);
      const accepted = await world.deploy();
      await killed;
      await world.restart();
      const ended = await expectLive(world, accepted);
      const { agent } = (await world.store.agents.find("org_1", "fx")) ?? {};
      expect(await world.store.agents.releases("org_1", agent?.agentId ?? "")).toHaveLength(1);
      // What was done is not done again, but for what only an instance of this process can say.
      const again = ended.steps.filter(({ attempt }) => (attempt ?? 1) > 1).map((step) => step.name);
      expect(again).toEqual(status === "done" && when === "after" ? [] : [name]);
    });
  }

  test(`a deployment that is canceled during ${name} ends so, and leaves nothing`, async () => {
    await using world = new DeployWorld();
    const canceled = Promise.withResolvers<DeploymentRecord>();
    world.onSave = (record, when) => {
      if (when === "before" || !isAt(name, "running")(record)) return;
      world.onSave = () => undefined;
      canceled.resolve(world.deploys.cancel(dora, record.deploymentId));
    };
    const accepted = await world.deploy();
    const ended = await canceled.promise;
    expect(ended).toMatchObject({ deploymentId: accepted.deploymentId, status: "canceled" });
    expect(ended.error).toMatchObject({ reason: "DEPLOY_CANCELED", step: name });
    expect(await world.store.agents.find("org_1", "fx")).toBeUndefined();
    expect([await world.releaseFolders(), await world.workFolders()]).toEqual([[], []]);
  });
}

test("a deployment that waits is canceled at once", async () => {
  await using world = new DeployWorld({ maxRunning: 1 });
  const hold = Promise.withResolvers<void>();
  world.script.build = async () => await hold.promise;
  const first = await world.deploy();
  const second = await world.deploy({ name: "other" });
  expect(await world.deploys.cancel(dora, second.deploymentId)).toMatchObject({ status: "canceled", steps: [] });
  hold.resolve();
  expect(await world.ended(first)).toMatchObject({ status: "live" });
});

test("a cancel that was asked for before the platform died holds afterwards", async () => {
  await using world = new DeployWorld();
  const killed = world.killAt(({ cancelRequested }) => cancelRequested === true, "after");
  world.script.build = async () => await new Promise(() => undefined);
  const accepted = await world.deploy();
  await vi.waitFor(() => expect(world.done).toContain("fetch"));
  void world.deploys.cancel(dora, accepted.deploymentId);
  await killed;
  await world.restart();
  expect(await world.ended(accepted)).toMatchObject({ status: "canceled" });
});

test.each([
  ["fetch", "fetch"],
  ["build", "build"],
  ["image", "image"],
  ["readCard", "health check"],
  ["passGate", "evaluating"],
  ["publish", "switch"],
] as const)("what goes wrong in %s fails the deployment at %s, and its release is nowhere", async (part, step) => {
  await using world = new DeployWorld();
  world.secrets.push("hunter2hunter2");
  world.script[part] = async () => {
    throw new Error("a bug about hunter2hunter2");
  };
  const ended = await world.ended(await world.deploy());
  expect(ended).toMatchObject({ status: "failed", error: { reason: "INTERNAL", step } });
  expect(JSON.stringify([ended, await world.lines(ended)])).not.toContain("hunter2");
  expect(await world.releaseFolders()).toEqual([]);
  expect(await world.store.agents.find("org_1", "fx")).toBeUndefined();
  expect(ended.keptUntil).toBeDefined();
  if (step === "health check") expect(world.done).toContain("drain");
});

test("a step that ends the platform again and again is given up", async () => {
  await using world = new DeployWorld();
  const accepted = await (async () => {
    const killed = world.killAt(isAt("build", "running"), "after");
    const record = await world.deploy();
    await killed;
    return record;
  })();
  for (let n = 0; n < 2; n++) {
    const killed = world.killAt(isAt("build", "running"), "after");
    await world.restart();
    await killed;
  }
  await world.restart();
  expect(await world.ended(accepted)).toMatchObject({
    status: "failed",
    error: { reason: "PLATFORM_RESTARTED", step: "build" },
  });
});

test("a platform that stops leaves what runs to the next one, and does not hold it against it", async () => {
  await using world = new DeployWorld();
  world.script.build = async () => await new Promise(() => undefined);
  const accepted = await world.deploy();
  await vi.waitFor(() => expect(world.done).toContain("fetch"));
  for (let n = 0; n < 4; n++) {
    await world.deploys.close();
    await world.restart();
    await vi.waitFor(async () => {
      const found = await world.store.deployments.find("org_1", accepted.deploymentId);
      expect(found?.steps.at(-1)).toMatchObject({ name: "build", status: "running", attempt: 1 });
    });
  }
  await expect(world.deploys.close()).resolves.toBeUndefined();
  world.script.build = async () => undefined;
  await world.restart();
  await expectLive(world, accepted);
});

test("whose key was revoked while the platform was away deploys nothing more", async () => {
  await using world = new DeployWorld();
  const killed = world.killAt(isAt("build", "done"), "after");
  const accepted = await world.deploy();
  await killed;
  world.revoked.add(dora.id);
  await world.restart();
  expect(await world.ended(accepted)).toMatchObject({ status: "failed", error: { reason: "PERMISSION_DENIED" } });
  expect(await world.releaseFolders()).toEqual([]);
});

test("the same release again changes nothing", async () => {
  await using world = new DeployWorld();
  const first = await world.ended(await world.deploy());
  const second = await world.ended(await world.deploy());
  expect([second.status, second.releaseId]).toEqual(["live", first.releaseId]);
  expect((await world.lines(second)).at(-1)?.text).toContain("Nothing changed");
  expect(world.done.filter((each) => each === "publish")).toHaveLength(1);
});

test("a target gets the release before it is looked at, and is given back what it had when that fails", async () => {
  await using world = new DeployWorld();
  world.script.readCard = async () => {
    throw new Error("no card");
  };
  const failed = await world.ended(await world.deploy({ target: "cluster" }));
  expect([failed.status, world.done]).toEqual(["failed", expect.arrayContaining(["place", "destroy"])]);
  world.script.readCard = async () => undefined;
  await world.ended(await world.deploy({ target: "cluster" }));
  const found = await world.store.agents.find("org_1", "fx");
  expect(found?.release).toMatchObject({ target: "cluster", image: { bytes: 1 } });
  world.script.passGate = async () => {
    throw new Error("not good enough");
  };
  await world.ended(await world.deploy({ ...sourceOf("two"), target: "cluster" }));
  expect(world.done).toContain("roll back");
});

test("a retry takes over what was made, and its own release is another", async () => {
  await using world = new DeployWorld();
  world.script.passGate = async () => {
    throw new Error("not good enough");
  };
  const failed = await world.ended(await world.deploy());
  world.script.passGate = async () => undefined;
  world.done.length = 0;
  const again = await world.deploys.retry(dora, failed.deploymentId);
  expect(again).toMatchObject({ retryOf: failed.deploymentId, source: failed.source });
  const ended = await world.ended(again);
  expect(ended.status).toBe("live");
  expect(world.done).not.toContain("fetch");
  expect(world.done).not.toContain("build");
  const anew = await world.ended(await world.deploys.retry(dora, failed.deploymentId, { from: "build" }));
  expect([anew.status, world.done.filter((each) => each === "fetch"), world.done.includes("build")]).toEqual([
    "live",
    [],
    true,
  ]);
  await expect(world.deploys.retry(dora, failed.deploymentId, { from: "nowhere" })).rejects.toMatchObject({
    reason: "INVALID_PARAMS",
  });
});

test("what could not be kept because the store was away is taken up again", async () => {
  await using world = new DeployWorld();
  const { deployments } = world.store;
  let isAway = false;
  world.onSave = (record, when) => {
    if (when === "before" && record.status === "live") isAway = true;
    if (isAway) throw new Error("the store is away");
  };
  const accepted = await world.deploy();
  await vi.waitFor(() => expect(isAway).toBe(true));
  world.onSave = () => undefined;
  // The end of any other deployment is when this is looked after.
  await vi.waitFor(async () => {
    await world.ended(await world.deploy({ name: "other" }));
    expect(await deployments.find("org_1", accepted.deploymentId)).toMatchObject({ status: "live" });
  });
  expect(world.done.filter((each) => each === "publish")).toHaveLength(2);
});

test("nothing is begun before it is known where the platform answers", async () => {
  const serving = Promise.withResolvers<void>();
  await using world = new DeployWorld({ serving: serving.promise });
  const canceled = await world.deploys.cancel(dora, (await world.deploy()).deploymentId);
  expect([canceled.status, canceled.steps]).toEqual(["canceled", []]);
  const waiting = await world.deploy();
  await new Promise(setImmediate);
  expect((await world.deploys.get(dora, waiting.deploymentId)).steps).toEqual([]);
  serving.resolve();
  await expectLive(world, waiting);
});
