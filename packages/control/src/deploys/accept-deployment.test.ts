import { expect, test, vi } from "vitest";
import type { DeployRequest } from "./deploys.ts";
import { DeployWorld, dora, sourceOf } from "./deploys.fixture.ts";

const request: DeployRequest = { ...sourceOf("one"), name: "fx", trust: false };

test("the same request under the same key is the same deployment, whenever it comes", async () => {
  await using world = new DeployWorld();
  const keyed = { ...request, idempotencyKey: "k1" };
  const both = await Promise.all([world.deploys.start(dora, keyed), world.deploys.start(dora, keyed)]);
  expect(new Set(both.map(({ deploymentId }) => deploymentId)).size).toBe(1);
  await world.ended(both[0]);
  await world.restart();
  expect(await world.deploys.start(dora, keyed)).toMatchObject({ deploymentId: both[0].deploymentId, status: "live" });
  await expect(world.deploys.start(dora, { ...keyed, ...sourceOf("two") })).rejects.toMatchObject({
    reason: "IDEMPOTENCY_CONFLICT",
  });
  const ivo = { ...dora, id: "key_ivo" };
  const other = await world.deploys.start(ivo, { ...keyed, ...sourceOf("two") });
  expect(other.deploymentId).not.toBe(both[0].deploymentId);
  await world.ended(other);
});

test("one organization's waiting deployments are bounded, and keep no other from deploying", async () => {
  await using world = new DeployWorld();
  world.script.fetch = async () => await new Promise(() => undefined);
  for (let n = 0; n < 128; n++) await world.deploys.start(dora, request);
  await expect(world.deploys.start(dora, request)).rejects.toMatchObject({ reason: "RATE_LIMITED", retryable: true });
  const erin = { ...dora, orgId: "org_2" };
  expect(await world.deploys.start(erin, request)).toMatchObject({ status: "queued" });
  world.kill();
});

test("deployments of one agent follow each other as they were accepted", async () => {
  await using world = new DeployWorld({ maxRunning: 4 });
  const running = { now: 0, most: 0 };
  world.script.build = async () => {
    running.now += 1;
    running.most = Math.max(running.most, running.now);
    await new Promise((resolve) => setImmediate(resolve));
    running.now -= 1;
  };
  const accepted = [];
  for (const ref of ["one", "two", "three"]) accepted.push(await world.deploy(sourceOf(ref)));
  const ended = await Promise.all(accepted.map(async (each) => await world.ended(each)));
  expect(ended.map(({ status }) => status)).toEqual(["live", "live", "live"]);
  expect(running.most).toBe(1);
  expect((await world.store.agents.find("org_1", "fx"))?.release.releaseId).toBe(ended[2]?.releaseId);
});

test.each([
  [{ source: { kind: "git", url: "https://user:secret@git.example/fx" } }, "INVALID_PARAMS"],
  [{ source: { kind: "git", url: "file:///etc" } }, "INVALID_PARAMS"],
  [{ source: { kind: "git", url: "https://git.example/fx", ref: "--upload-pack=x" } }, "INVALID_PARAMS"],
  [{ source: { kind: "git", url: "https://git.example/fx", path: "../x" } }, "INVALID_PARAMS"],
  [{ source: { kind: "git", url: "https://git.example/fx", credential: "a b" } }, "INVALID_PARAMS"],
  [{ source: { kind: "push", repository: "../x", ref: "main", commit: "a".repeat(40) } }, "INVALID_PARAMS"],
  [{ source: { kind: "push", repository: "fx", ref: "main", commit: "main" } }, "INVALID_PARAMS"],
  [{ source: { kind: "image", reference: "ghcr.io/acme/echo:1 --x" } }, "INVALID_PARAMS"],
  [{ name: "Not A Name" }, "CONFIG_INVALID"],
  [{ target: "../x" }, "CONFIG_INVALID"],
  [{ canaryPercent: 51 }, "INVALID_PARAMS"],
  [{ skipEvals: true }, "PERMISSION_DENIED"],
] as const satisfies readonly (readonly [Partial<DeployRequest>, string])[])(
  "%j is refused with %s before anything is kept",
  async (change, reason) => {
    await using world = new DeployWorld();
    await expect(world.deploys.start(dora, { ...request, ...change })).rejects.toMatchObject({ reason });
    expect(await world.store.deployments.list("org_1", { limit: 1 })).toEqual([]);
    expect(await world.store.audit.list("org_1", 1)).toEqual([]);
  },
);

test("a key of some agents deploys these, and sees and cancels no other's", async () => {
  await using world = new DeployWorld();
  const own = { ...dora, agents: ["fx"] };
  const other = await world.deploy({ name: "other" });
  await expect(world.deploys.start(own, { ...request, name: "other" })).rejects.toMatchObject({
    reason: "PERMISSION_DENIED",
  });
  for (const ask of [world.deploys.get, world.deploys.cancel, world.deploys.retry]) {
    await expect(ask.call(world.deploys, own, other.deploymentId)).rejects.toMatchObject({
      reason: "DEPLOYMENT_NOT_FOUND",
    });
  }
  expect(await world.deploys.list(own, { limit: 10 })).toEqual([]);
  await world.ended(other);
});

test("an archive is there before the answer, is done again from there, and goes when its time is over", async () => {
  await using world = new DeployWorld();
  const bytes = new TextEncoder().encode("no gzip");
  const accepted = await world.deploy({ source: { kind: "archive", bytes } });
  const blob = accepted.source.kind === "archive" ? accepted.source.blob : "";
  expect(await world.blobs.has(blob)).toBe(true);
  const ended = await world.ended(accepted);
  expect(ended.error).toMatchObject({ step: "fetch", reason: "ARCHIVE_REFUSED" });
  const again = await world.ended(await world.deploys.retry(dora, ended.deploymentId));
  expect(again).toMatchObject({ retryOf: ended.deploymentId, error: { reason: "ARCHIVE_REFUSED" } });
  world.pass(25 * 3_600_000);
  await world.restart();
  await vi.waitFor(async () => expect(await world.blobs.has(blob)).toBe(false));
  await expect(world.deploys.retry(dora, ended.deploymentId)).rejects.toMatchObject({ reason: "SOURCE_FAILED" });
});

test("an archive that cannot be kept is no deployment", async () => {
  await using world = new DeployWorld({
    blobs: { put: async () => await Promise.reject(new Error("the disk is full")) } as never,
  });
  const bytes = new Uint8Array(3);
  await expect(world.deploy({ source: { kind: "archive", bytes } })).rejects.toThrow("the disk is full");
  expect(await world.store.deployments.list("org_1", { limit: 10 })).toEqual([]);
  expect(await world.store.audit.list("org_1", 10)).toMatchObject([{ outcome: "failed" }, { outcome: "ok" }]);
});

test("an archive whose platform died before it was accepted is removed, or accepted when it is sent again", async () => {
  await using world = new DeployWorld();
  const keyed = { source: { kind: "archive", bytes: new Uint8Array(9) }, idempotencyKey: "k" } as const;
  const killed = world.killAt(() => true, "before");
  void world.deploy(keyed);
  await killed;
  expect(await world.workFolders()).toHaveLength(1);
  await world.restart();
  expect([await world.workFolders(), await world.store.deployments.list("org_1", { limit: 1 })]).toEqual([[], []]);
  const again = await world.deploy(keyed);
  const blob = again.source.kind === "archive" ? again.source.blob : "";
  expect(await world.blobs.has(blob)).toBe(true);
  await world.ended(again);
});
