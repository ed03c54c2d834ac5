import { DEFAULT_ORG_ID, PlatformError, TaskState } from "@berth/protocol";
import type { AgentConfig, Principal } from "@berth/protocol";
import type { AgentConnector } from "@berth/runtime";
import { allTo } from "@berth/store";
import type { AgentRecord, Store } from "@berth/store";
import { createInMemoryStore } from "@berth/store/memory";
import { ScriptedConnector, scriptedCard, scriptedConfig } from "@berth/testing";
import { expect, test } from "vitest";
import { rollOut, rolloutOf } from "../deploys/roll-out.ts";
import { toReleaseSpec } from "../deploys/release-spec.ts";
import { createRegistry } from "../registry/create-registry.ts";
import { CanaryWatch } from "./canary-watch.ts";
import { createReleases } from "./create-releases.ts";
import { ReleaseTallies } from "./release-tallies.ts";
import { TrafficSwitch } from "./traffic-switch.ts";

const dora: Principal = { kind: "api_key", id: "key_dora", orgId: DEFAULT_ORG_ID, scopes: ["deploy"] };
const ivo: Principal = { ...dora, id: "key_ivo", scopes: ["invoke"] };

/** An agent "fx" with `rel_1`, and all that moves its traffic. */
async function world(store: Store = createInMemoryStore()) {
  let clock = Date.parse("2026-11-29T12:00:00.000Z");
  const now = (): Date => new Date(clock);
  const connector = new ScriptedConnector();
  const checked: string[] = [];
  const broken = new Set<string>();
  const readCard: AgentConnector["readCard"] = async ({ releaseId }) => {
    checked.push(releaseId);
    if (broken.has(releaseId)) throw new PlatformError("AGENT_START_FAILED", "It does not start.");
    return { card: connector.card, text: JSON.stringify(connector.card) };
  };
  const drained: (readonly string[] | undefined)[] = [];
  const runtime = {
    drain: async (_agentId: string, keep?: readonly string[]) => void drained.push(keep),
    instances: () => [],
    connector: Object.assign(connector, { readCard }),
  };
  const registry = createRegistry({ store, runtime, now });
  const traffic = new TrafficSwitch({
    store,
    runtime,
    specOf: (agent) => toReleaseSpec(agent, "/nowhere", () => "/nowhere"),
    onMoved: (orgId, name) => registry.forget(orgId, name),
  });
  const tallies = new ReleaseTallies(store);
  const canaries = new CanaryWatch({ store, tallies, traffic, now });
  const releases = createReleases({ store, registry, runtime, traffic, tallies, canaries, now });
  const deploy = async (
    releaseId: string,
    canary?: AgentConfig["canary"],
    hidden = false,
  ): Promise<string | undefined> => {
    const known = await store.agents.find(DEFAULT_ORG_ID, "fx");
    const release = {
      orgId: DEFAULT_ORG_ID,
      releaseId,
      agentId: "agt_1",
      digest: `sha256:${releaseId}`,
      config: scriptedConfig(),
      card: scriptedCard(),
      skillSchemas: [],
      entry: "agent.mjs",
      trusted: false,
      createdAt: new Date(clock++).toISOString(),
    };
    return await rollOut(
      { store, traffic, now, onPublished: (agent) => (registry.forget(agent.orgId, agent.name), canaries.see(agent)) },
      {
        agent: { orgId: DEFAULT_ORG_ID, agentId: "agt_1", name: "fx", kind: "deployed", activeReleaseId: releaseId },
        release,
        rollout: rolloutOf(hidden ? { traffic: "none" } : {}, canary),
        isNew: known === undefined,
        by: dora.id,
      },
    );
  };
  if ((await store.agents.find(DEFAULT_ORG_ID, "fx")) === undefined) await deploy("rel_1");
  const ended = async (releaseId: string, state: TaskState, elapsedMs = 1): Promise<void> =>
    await canaries.ended({ orgId: DEFAULT_ORG_ID, agentId: "agt_1", releaseId, state, elapsedMs });
  const agent = async (): Promise<AgentRecord> => await releases.traffic(dora, "fx");
  return {
    store,
    releases,
    canaries,
    tallies,
    deploy,
    ended,
    agent,
    checked,
    broken,
    drained,
    sharesNow: async () => (await agent()).traffic.shares,
    wait: (ms: number) => void (clock += ms),
  };
}

const rules = { percent: 10, minCalls: 4, maxErrorRate: 0.25, windowSeconds: 60 };
const one = (releaseId: string): object => allTo(releaseId).shares;

test("traffic is split over releases that are up, drains the others, and goes back where it was", async () => {
  const { releases, deploy, agent, checked, sharesNow, drained } = await world();
  await deploy("rel_2");
  expect(await sharesNow()).toEqual(one("rel_2"));
  const shares = [
    { releaseId: "rel_1", basisPoints: 2_500 },
    { releaseId: "rel_2", basisPoints: 7_500 },
  ];
  const split = await releases.split(dora, "fx", shares);
  expect(split).toMatchObject({ activeReleaseId: "rel_2", traffic: { shares: shares.toReversed() } });
  expect(checked).toEqual(["rel_1"]);
  await releases.promote(dora, "fx", "rel_1");
  expect(await sharesNow()).toEqual(one("rel_1"));
  expect(drained.at(-1)).toEqual(["rel_1"]);
  await releases.rollback(dora, "fx", undefined);
  expect(await agent()).toMatchObject({ activeReleaseId: "rel_2", traffic: { earlier: [] } });
  await expect(releases.rollback(dora, "fx", undefined)).rejects.toMatchObject({ reason: "RELEASE_NOT_FOUND" });
  const listed = await releases.list(dora, "fx");
  expect(
    listed.releases.map(({ release, active, basisPoints, state }) => [release.releaseId, active, basisPoints, state]),
  ).toEqual([
    ["rel_2", true, 10_000, "live"],
    ["rel_1", false, 0, "idle"],
  ]);
});

test("a release that does not come up gets no traffic", async () => {
  const { releases, deploy, broken, sharesNow } = await world();
  await deploy("rel_2", undefined, true);
  expect(await sharesNow()).toEqual(one("rel_1"));
  broken.add("rel_2");
  await expect(releases.promote(dora, "fx", "rel_2")).rejects.toMatchObject({ reason: "AGENT_START_FAILED" });
  expect(await sharesNow()).toEqual(one("rel_1"));
});

test("who has seen another version changes nothing, and so does who may not", async () => {
  const { releases, deploy, agent, store } = await world();
  await deploy("rel_2");
  const { version } = await agent();
  const stale = { expectedVersion: version - 1 };
  await expect(releases.promote(dora, "fx", "rel_1", stale)).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
  await expect(releases.promote(ivo, "fx", "rel_1")).rejects.toMatchObject({ reason: "PERMISSION_DENIED" });
  for (const shares of [
    [],
    [{ releaseId: "rel_1", basisPoints: 9_999 }],
    [{ releaseId: "rel_1", basisPoints: 10_000.5 }],
  ]) {
    await expect(releases.split(dora, "fx", shares)).rejects.toMatchObject({ reason: "INVALID_PARAMS" });
  }
  const raced = await Promise.allSettled(
    [1, 2].map(async () => await releases.promote(dora, "fx", "rel_1", { expectedVersion: version })),
  );
  expect(raced.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  const audit = await store.audit.list(DEFAULT_ORG_ID, 10);
  expect(audit.map(({ action, outcome }) => `${action} ${outcome}`)).toContain("release.promote ok");
});

test("a canary gets its share, and everything when its calls go well", async () => {
  const { deploy, ended, agent, sharesNow, releases } = await world();
  expect(await deploy("rel_2", rules)).toMatch(/canary with 10%/);
  expect(await sharesNow()).toEqual([
    { releaseId: "rel_1", basisPoints: 9_000 },
    { releaseId: "rel_2", basisPoints: 1_000 },
  ]);
  for (let i = 0; i < 3; i++) await ended("rel_2", TaskState.Completed);
  await ended("rel_1", TaskState.Failed);
  await ended("rel_2", TaskState.Canceled);
  expect((await agent()).traffic.canary?.releaseId).toBe("rel_2");
  await ended("rel_2", TaskState.Completed);
  expect(await sharesNow()).toEqual(one("rel_2"));
  expect(await agent()).toMatchObject({ activeReleaseId: "rel_2", traffic: { earlier: ["rel_1"] } });
  const { releases: views } = await releases.list(dora, "fx");
  expect(views[0]).toMatchObject({
    state: "live",
    reason: "4 calls, 0 of them failed.",
    tally: { completed: 4, other: 1 },
  });
});

test("a canary whose calls fail or take long is taken back, with the reason kept and audited", async () => {
  const { deploy, ended, agent, releases, store } = await world();
  await deploy("rel_2", rules);
  await ended("rel_2", TaskState.Failed);
  await ended("rel_2", TaskState.Failed);
  expect(await agent()).toMatchObject({ activeReleaseId: "rel_1", traffic: { shares: one("rel_1") } });
  const { releases: views } = await releases.list(dora, "fx");
  expect(views[0]).toMatchObject({ state: "rolled_back", reason: "2 of 2 calls failed; at most 25% may." });
  const [entry] = await store.audit.list(DEFAULT_ORG_ID, 10);
  expect(entry).toMatchObject({ action: "canary.rollback", actor: "system", detail: { release: "rel_2" } });
  await deploy("rel_3", { ...rules, maxP95Ms: 10 });
  await ended("rel_3", TaskState.Completed, 11);
  expect(await agent()).toMatchObject({ activeReleaseId: "rel_1", traffic: { shares: one("rel_1") } });
});

test("a canary goes on where it was when the platform starts again", async () => {
  const first = await world();
  await first.deploy("rel_2", rules);
  for (let i = 0; i < 3; i++) await first.ended("rel_2", TaskState.Completed);
  await first.canaries.close();
  await first.tallies.close();
  const second = await world(first.store);
  await second.canaries.start();
  await second.ended("rel_2", TaskState.Completed);
  expect(await second.sharesNow()).toEqual(one("rel_2"));
  await second.canaries.close();
});

test("a canary without calls ends with its time", async () => {
  const { deploy, canaries, sharesNow, wait } = await world();
  await deploy("rel_2", rules);
  await canaries.look();
  expect(await sharesNow()).toHaveLength(2);
  wait(60_000);
  await canaries.look();
  expect(await sharesNow()).toEqual(one("rel_1"));
});

test("a rollback ends a canary, and another deployment does", async () => {
  const { deploy, agent, releases, sharesNow } = await world();
  await deploy("rel_2", rules);
  await releases.rollback(dora, "fx", undefined);
  expect(await sharesNow()).toEqual(one("rel_1"));
  await deploy("rel_3", rules);
  await deploy("rel_4", rules);
  expect((await agent()).traffic).toMatchObject({
    canary: { releaseId: "rel_4" },
    ended: [
      { releaseId: "rel_2", outcome: "rolled_back", reason: "by key_dora" },
      { releaseId: "rel_3", outcome: "superseded" },
    ],
  });
});

test("an agent's first release gets all traffic or is refused", async () => {
  const store = createInMemoryStore();
  const { agent } = await world(store);
  expect((await agent()).traffic).toEqual(allTo("rel_1"));
  expect(rolloutOf({ canaryPercent: 0 }, rules)).toBe("all");
  expect(rolloutOf({ canaryPercent: 3 }, rules)).toEqual({ ...rules, percent: 3 });
  expect(rolloutOf({ traffic: "none" }, rules)).toBe("none");
});
