import { DEFAULT_AGENT_CONFIG } from "@berth/protocol";
import { expect, it } from "vitest";
import type { Route } from "./agent-store.ts";
import { allTo } from "./agent-traffic.ts";
import type { AgentTraffic } from "./agent-traffic.ts";
import { AT, ORG, agentOf, atMs, releaseOf } from "./contract-samples.ts";
import type { Store } from "./store.ts";

/** Tests share one store: each uses agents of its own. */
export function agentStoreContract(store: () => Store): void {
  const publish = async (name: string, releaseId: string, agentId = `agt_${name}`): Promise<void> => {
    await store().agents.publish(agentOf(name, releaseId, agentId), releaseOf(agentId, releaseId));
  };

  const routed = async (route: Route): Promise<unknown> => await store().agents.route(ORG, "agt_routed", route);

  it("publishes an agent with its release and finds both by name and by id", async () => {
    const release = releaseOf("agt_one", "rel_one");
    const published = await store().agents.publish(agentOf("one", "rel_one"), release);
    expect(published.release).toEqual(release);
    expect(published.agent).toMatchObject({ name: "one", activeReleaseId: "rel_one", kind: "deployed" });
    expect(published.agent.createdAt).toBe(published.agent.updatedAt);
    expect(await store().agents.find(ORG, "one")).toEqual(published);
    expect(await store().agents.findById(ORG, "agt_one")).toEqual(published);
    expect(await store().agents.findRelease(ORG, "rel_one")).toEqual(release);
    expect(await store().agents.find("org_other", "one")).toBeUndefined();
    expect(await store().agents.find(ORG, "nul \u0000")).toBeUndefined();
  });

  it("moves an agent to a new release and back, and keeps every release", async () => {
    await store().agents.publish(agentOf("moves", "rel_m1"), releaseOf("agt_moves", "rel_m1", { createdAt: atMs(1) }));
    await store().agents.publish(agentOf("moves", "rel_m2"), releaseOf("agt_moves", "rel_m2", { createdAt: atMs(2) }));
    expect((await store().agents.find(ORG, "moves"))?.release.releaseId).toBe("rel_m2");
    const releases = await store().agents.releases(ORG, "agt_moves");
    expect(releases.map((release) => release.releaseId)).toEqual(["rel_m2", "rel_m1"]);
    await store().agents.publish(agentOf("moves", "rel_m1"), releaseOf("agt_moves", "rel_m1", { createdAt: atMs(1) }));
    expect((await store().agents.find(ORG, "moves"))?.release.releaseId).toBe("rel_m1");
    expect(await store().agents.releases(ORG, "agt_moves")).toHaveLength(2);
    const [newest] = releases;
    expect([
      await store().agents.hasDigest(newest?.digest ?? ""),
      await store().agents.hasDigest("sha256:none"),
    ]).toEqual([true, false]);
  });

  it("refuses other content under the id of a saved release, and changes nothing", async () => {
    await publish("fixed", "rel_fixed");
    await publish("fixed", "rel_fixed2");
    const other = releaseOf("agt_fixed", "rel_fixed", { digest: "sha256:other" });
    await expect(store().agents.publish(agentOf("fixed", "rel_fixed"), other)).rejects.toMatchObject({
      reason: "STORE_CONFLICT",
    });
    expect((await store().agents.find(ORG, "fixed"))?.release.releaseId).toBe("rel_fixed2");
  });

  it("lets one agent have a name, and saves no release for the one that lost", async () => {
    await publish("taken", "rel_t1", "agt_t1");
    await expect(publish("taken", "rel_t2", "agt_t2")).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
    expect(await store().agents.findRelease(ORG, "rel_t2")).toBeUndefined();
    const race = await Promise.allSettled(
      ["a", "b", "c"].map(async (id) => await publish("raced", `rel_${id}`, `agt_${id}`)),
    );
    expect(race.filter((result) => result.status === "fulfilled")).toHaveLength(1);
  });

  it("gives a published release all traffic, and remembers what was active before", async () => {
    await publish("flows", "rel_f1");
    expect((await store().agents.find(ORG, "flows"))?.agent).toMatchObject({ version: 1, traffic: allTo("rel_f1") });
    await publish("flows", "rel_f2");
    const { version, traffic } = (await store().agents.find(ORG, "flows"))?.agent ?? {};
    expect(version).toBe(2);
    expect(traffic).toEqual({ ...allTo("rel_f2"), earlier: ["rel_f1"] });
  });

  it("moves traffic between saved releases, for whoever has seen the last change only", async () => {
    await publish("routed", "rel_r1");
    await store().agents.addRelease("routed", releaseOf("agt_routed", "rel_r2"));
    expect((await store().agents.find(ORG, "routed"))?.agent.version).toBe(1);
    const rules = { minCalls: 10, maxErrorRate: 0.1, windowSeconds: 60 };
    const canary = { releaseId: "rel_r2", rules, startedAt: AT, startedBy: "key_1" };
    const shares = [
      { releaseId: "rel_r1", basisPoints: 9_000 },
      { releaseId: "rel_r2", basisPoints: 1_000 },
    ];
    const traffic: AgentTraffic = { shares, earlier: [], ended: [], canary };
    const route = { expectedVersion: 1, activeReleaseId: "rel_r1", traffic };
    const raced = await Promise.allSettled([1, 2, 3].map(async () => await routed(route)));
    expect(raced.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const found = await store().agents.find(ORG, "routed");
    expect(found?.agent).toMatchObject({ version: 2, traffic, activeReleaseId: "rel_r1" });
    expect((await store().agents.withCanary()).map(({ name }) => name)).toContain("routed");
    await expect(routed(route)).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
    const foreign = { ...route, expectedVersion: 2, activeReleaseId: "rel_one", traffic: allTo("rel_one") };
    await expect(routed(foreign)).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
    await publish("routed", "rel_r3");
    const { agent } = (await store().agents.find(ORG, "routed")) ?? {};
    expect(agent?.traffic.ended).toMatchObject([{ releaseId: "rel_r2", outcome: "superseded" }]);
    expect((await store().agents.withCanary()).map(({ name }) => name)).not.toContain("routed");
  });

  it("adds no release to an agent that is not there", async () => {
    const lost = releaseOf("agt_nobody", "rel_lost");
    await expect(store().agents.addRelease("nobody", lost)).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
    expect(await store().agents.findRelease(ORG, "rel_lost")).toBeUndefined();
  });

  it("keeps how the tasks of each release ended, the last that was said", async () => {
    const tally = {
      orgId: ORG,
      agentId: "agt_tally",
      releaseId: "rel_y1",
      completed: 1,
      failed: 0,
      other: 0,
      reasons: {},
    };
    const other = { ...tally, releaseId: "rel_y2", failed: 2, reasons: { AGENT_CRASHED: 2 } };
    await store().agents.keepTallies([tally, other]);
    await store().agents.keepTallies([{ ...tally, completed: 5 }]);
    await store().agents.keepTallies([]);
    const kept = await store().agents.tallies(ORG, "agt_tally");
    expect(kept.toSorted((a, b) => (a.releaseId < b.releaseId ? -1 : 1))).toEqual([{ ...tally, completed: 5 }, other]);
  });

  it("shows readers the agent and its release together while it moves", async () => {
    await publish("busy", "rel_busy_0");
    const moving = new AbortController();
    const moves = (async () => {
      for (let i = 1; i <= 10; i++) await publish("busy", `rel_busy_${i}`);
    })().finally(() => moving.abort());
    do {
      const found = await store().agents.find(ORG, "busy");
      expect(found?.release.releaseId).toBe(found?.agent.activeReleaseId);
    } while (!moving.signal.aborted);
    await moves;
  });

  it("frees the name of a removed agent and keeps its releases", async () => {
    await publish("gone", "rel_gone");
    expect(await store().agents.remove(ORG, "gone")).toBe(true);
    expect(await store().agents.remove(ORG, "gone")).toBe(false);
    expect(await store().agents.find(ORG, "gone")).toBeUndefined();
    expect(await store().agents.findById(ORG, "agt_gone")).toBeUndefined();
    expect(await store().agents.findRelease(ORG, "rel_gone")).toBeDefined();
    await expect(publish("gone", "rel_late")).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
    await publish("gone", "rel_gone2", "agt_gone2");
    expect((await store().agents.find(ORG, "gone"))?.agent.agentId).toBe("agt_gone2");
  });

  it("lists by name, filters by what the card says, and pages", async () => {
    const config = { ...DEFAULT_AGENT_CONFIG, tags: ["finance"] };
    const base = releaseOf("agt_l-1", "rel_l1");
    const card = {
      ...base.card,
      name: "Ledger",
      description: "Counts MONEY \u0000 exactly",
      skills: [{ id: "sum", name: "Sum", description: "adds 100% of it", tags: ["math", "tag_l"] }],
    };
    await store().agents.publish({ ...agentOf("l-1", "rel_l1"), kind: "internal" }, { ...base, card, config });
    await publish("l-2", "rel_l2");
    await publish("l-3", "rel_l3");
    const names = async (filter: object): Promise<string[]> =>
      (await store().agents.list({ orgId: ORG, ...filter }, { size: 100 })).agents
        .map(({ agent }) => agent.name)
        .filter((name) => name.startsWith("l-"));
    expect(await names({})).toEqual(["l-1", "l-2", "l-3"]);
    expect(await names({ kind: "internal" })).toEqual(["l-1"]);
    expect(await names({ name: "l-2" })).toEqual(["l-2"]);
    expect(await names({ tags: ["finance", "math"] })).toEqual(["l-1"]);
    expect(await names({ tags: ["finance", "friendly"] })).toEqual([]);
    expect(await names({ skill: "sum" })).toEqual(["l-1"]);
    expect(await names({ text: "money" })).toEqual(["l-1"]);
    expect(await names({ text: "100% OF" })).toEqual(["l-1"]);
    expect(await names({ text: "100_ of" })).toEqual([]);
    expect(await names({ text: "tag_L", skill: "sum" })).toEqual(["l-1"]);
    const first = await store().agents.list({ orgId: ORG, text: "l-" }, { size: 2 });
    expect(first.agents.map(({ agent }) => agent.name)).toEqual(["l-1", "l-2"]);
    const token = first.nextPageToken ?? "";
    const last = await store().agents.list({ orgId: ORG, text: "l-" }, { size: 2, token });
    expect(last.agents.map(({ agent }) => agent.name)).toEqual(["l-3"]);
    expect(last).not.toHaveProperty("nextPageToken");
    await expect(store().agents.list({ orgId: ORG }, { size: 2, token: "x" })).rejects.toMatchObject({
      reason: "INVALID_PARAMS",
    });
  });
}
