import { DEFAULT_ORG_ID, PlatformError } from "@berth/protocol";
import { allTo } from "@berth/store";
import type { AgentRecord, AgentWithRelease, Store } from "@berth/store";
import { createInMemoryStore } from "@berth/store/memory";
import { scriptedCard, scriptedConfig } from "@berth/testing";
import { expect, test, vi } from "vitest";
import { PlacedTraffic } from "./placed-traffic.ts";

const orgId = DEFAULT_ORG_ID;
const agentId = "agt_1";

interface World {
  readonly store: Store;
  readonly placed: PlacedTraffic;
  readonly done: string[];
  readonly said: string[];
  /** What the target refuses. */
  readonly broken: Set<string>;
  publish(releaseId: string): Promise<AgentWithRelease>;
  agent(): Promise<AgentRecord>;
}

async function world(): Promise<World> {
  const store = createInMemoryStore();
  const done: string[] = [];
  const said: string[] = [];
  const broken = new Set<string>();
  let minute = 0;
  const note = async (what: string): Promise<void> => {
    if (broken.has(what)) throw new PlatformError("TARGET_FAILED", `no ${what}`);
    done.push(what);
  };
  const placed = new PlacedTraffic({
    store,
    targets: () => ({
      rollback: async ({ releaseId }) => await note(`rollback ${releaseId}`),
      retire: async ({ releaseId }) => {
        await note(`retire ${releaseId}`);
        await store.targets.removePlacement(orgId, releaseId);
      },
      destroy: async (_orgId, gone) => await note(`destroy ${gone}`),
    }),
    log: (line) => said.push(line),
  });
  const publish: World["publish"] = async (releaseId) => {
    minute += 1;
    const createdAt = new Date(Date.UTC(2026, 10, 30, 0, minute)).toISOString();
    await store.targets.savePlacement({ orgId, agentId, releaseId, target: "run", placement: {}, createdAt });
    const release = {
      orgId,
      releaseId,
      agentId,
      digest: `sha256:${releaseId}`,
      config: scriptedConfig(),
      card: scriptedCard(),
      skillSchemas: [],
      entry: "agent.mjs",
      trusted: false,
      target: "run",
      placement: {},
      createdAt,
    };
    const agent = { orgId, agentId, name: "fx", kind: "deployed", activeReleaseId: releaseId } as const;
    return await store.agents.publish(agent, release);
  };
  const agent = async (): Promise<AgentRecord> => {
    const found = await store.agents.findById(orgId, agentId);
    if (found === undefined) throw new Error("gone");
    return found.agent;
  };
  return { store, placed, done, said, broken, publish, agent };
}

test("the last three stay on the target, the oldest of the others goes first", async () => {
  const { placed, done, publish, agent } = await world();
  for (const id of ["one", "two", "three", "four", "five"]) await publish(id);
  placed.follow(await agent(), { hasMoved: false });
  await vi.waitFor(() => expect(done).toEqual(["retire one", "retire two"]));
  await placed.close();
});

test("a release with traffic stays, however old, and the agent's name there follows to it", async () => {
  const { store, placed, done, publish, agent } = await world();
  for (const id of ["one", "two", "three", "four", "five"]) await publish(id);
  const { version } = await agent();
  await store.agents.route(orgId, agentId, { expectedVersion: version, activeReleaseId: "one", traffic: allTo("one") });
  placed.follow(await agent(), { hasMoved: true });
  await vi.waitFor(() => expect(done).toEqual(["rollback one", "retire two"]));
  await placed.close();
});

test("a release that was just placed is where its name leads already, unless another keeps the traffic", async () => {
  const { store, placed, done, publish, agent } = await world();
  await publish("one");
  placed.follow(await agent(), { hasMoved: false });
  await publish("two");
  const { version } = await agent();
  await store.agents.route(orgId, agentId, { expectedVersion: version, activeReleaseId: "one", traffic: allTo("one") });
  placed.follow(await agent(), { hasMoved: false });
  await vi.waitFor(() => expect(done).toEqual(["rollback one"]));
  await placed.close();
});

test("what a target refuses is said, and the next move of traffic is made all the same", async () => {
  const { placed, done, said, broken, publish, agent } = await world();
  await publish("one");
  broken.add("rollback one");
  placed.follow(await agent(), { hasMoved: true });
  await vi.waitFor(() => expect(said).toHaveLength(1));
  await publish("two");
  placed.follow(await agent(), { hasMoved: true });
  await vi.waitFor(() => expect(done).toEqual(["rollback two"]));
  await placed.close();
  expect(said).toEqual([expect.stringContaining("no rollback one")]);
});

test("a release that is not there any more gets no traffic", async () => {
  const { store, placed, publish } = await world();
  const one = await publish("one");
  await placed.assertPlaced(one);
  await store.targets.removePlacement(orgId, "one");
  await expect(placed.assertPlaced(one)).rejects.toMatchObject({
    reason: "TARGET_FAILED",
    hint: expect.stringContaining("a2a deploy --name fx --target run"),
  });
});

test("an agent leaves its target before it is removed, or is left there when somebody says so", async () => {
  const { store, placed, done, broken, publish, agent } = await world();
  await publish("one");
  broken.add(`destroy ${agentId}`);
  await expect(placed.leave(await agent(), { abandon: false })).rejects.toMatchObject({
    reason: "TARGET_FAILED",
    hint: expect.stringContaining("--abandon"),
  });
  broken.clear();
  await placed.leave(await agent(), { abandon: false });
  expect(done).toEqual([`destroy ${agentId}`]);
  await placed.leave(await agent(), { abandon: true });
  expect(await store.targets.placement(orgId, "one")).toBeUndefined();
  await placed.leave(await agent(), { abandon: false });
  expect(done).toHaveLength(1);
});
