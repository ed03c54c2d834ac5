import { expect, test } from "vitest";
import type { DeploymentEvent } from "./deploys.ts";
import { DeployWorld, dora, sourceOf } from "./deploys.fixture.ts";

async function read(events: AsyncIterable<DeploymentEvent>): Promise<readonly DeploymentEvent[]> {
  return await Array.fromAsync(events);
}

function told(events: readonly DeploymentEvent[]): readonly string[] {
  return events.map((event) => {
    if (event.kind === "log") return `${event.seq} ${event.line.text}`;
    if (event.kind === "step") return `${event.step.name} ${event.step.status}`;
    return event.kind === "status" ? event.status : event.deployment.status;
  });
}

test("whoever follows is told every line once, steps as they move, and the end", async () => {
  await using world = new DeployWorld();
  world.script.build = async (log) => ["one", "two", "three"].forEach(log);
  const accepted = await world.deploy();
  const live = told(await read(world.deploys.follow(dora, accepted.deploymentId, { after: 0 })));
  expect(live.filter((each) => /^\d/.test(each))).toEqual([
    "1 accepted",
    expect.stringContaining("2 commit"),
    "3 bundling",
    "4 one",
    "5 two",
    "6 three",
  ]);
  expect(live).toEqual(expect.arrayContaining(["build done", "switch done"]));
  expect(live.at(-1)).toBe("live");
});

test("an ended deployment is told as it was, from wherever one comes back", async () => {
  await using world = new DeployWorld();
  const ended = await world.ended(await world.deploy());
  const lines = await world.lines(ended);
  for (let after = 0; after <= lines.length; after++) {
    const events = await read(world.deploys.follow(dora, ended.deploymentId, { after }));
    const seen = events.filter(({ kind }) => kind === "log").map(({ seq }) => seq);
    expect(seen).toEqual(lines.map(({ seq }) => seq).filter((seq) => seq > after));
    const steps = told(events).filter((each) => each.endsWith(" done"));
    expect(steps.toSorted()).toEqual(ended.steps.map(({ name }) => `${name} done`).toSorted());
    expect(told(events).at(-1)).toBe("live");
  }
});

test("nobody is told the end before the last line, and a follower who leaves is waited for by nobody", async () => {
  await using world = new DeployWorld({ maxRunning: 1 });
  const hold = Promise.withResolvers<void>();
  world.script.build = async () => await hold.promise;
  const accepted = await world.deploy();
  const leave = new AbortController();
  const following = read(world.deploys.follow(dora, accepted.deploymentId, { after: 0, signal: leave.signal }));
  leave.abort();
  expect(told(await following)).not.toContain("live");
  const events = read(world.deploys.follow(dora, accepted.deploymentId, { after: 0 }));
  world.script.image = async () => {
    throw new Error("no");
  };
  hold.resolve();
  expect(told(await events).slice(-3)).toEqual([expect.stringContaining("failed: "), "image failed", "failed"]);
});

test("a line of a foreign organization is nobody's", async () => {
  await using world = new DeployWorld();
  const accepted = await world.deploy();
  const erin = { ...dora, orgId: "org_2" };
  await expect(read(world.deploys.follow(erin, accepted.deploymentId, { after: 0 }))).rejects.toMatchObject({
    reason: "DEPLOYMENT_NOT_FOUND",
  });
  await expect(world.deploys.lines(erin, accepted.deploymentId, { after: 0, limit: 1 })).rejects.toMatchObject({
    reason: "DEPLOYMENT_NOT_FOUND",
  });
  await world.ended(accepted);
});

test("what two deployments have built alike stays for the one that goes on, whichever fails", async () => {
  await using world = new DeployWorld({ maxRunning: 2 });
  const gates = new Map<string, PromiseWithResolvers<void>>();
  const names = ["one", "two"];
  world.script.passGate = async () => {
    const name = names.shift() ?? "";
    const gate = Promise.withResolvers<void>();
    gates.set(name, gate);
    await gate.promise;
  };
  const both = [await world.deploy({ name: "fx" }), await world.deploy({ ...sourceOf("one"), name: "other" })];
  await expect.poll(() => gates.size).toBe(2);
  gates.get("one")?.reject(new Error("not good enough"));
  await expect
    .poll(async () => (await world.store.deployments.list("org_1", { limit: 9, status: "failed" })).length)
    .toBe(1);
  expect(await world.releaseFolders()).toHaveLength(1);
  gates.get("two")?.resolve();
  const ended = await Promise.all(both.map(async (each) => await world.ended(each)));
  expect(ended.map(({ status }) => status).toSorted()).toEqual(["failed", "live"]);
  expect(await world.releaseFolders()).toHaveLength(1);
});
