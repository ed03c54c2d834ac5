import { DEFAULT_ORG_ID } from "@berth/protocol";
import { expect, it } from "vitest";
import { house } from "../tasks/task-engine.fixture.ts";
import { Candidates } from "./candidates.ts";

it("a candidate is found by its ids while it is held, and listed by nobody", async () => {
  const { store } = await house();
  const live = await store.agents.find(DEFAULT_ORG_ID, "scripted");
  if (live === undefined) throw new Error("the house has an agent");
  const candidates = new Candidates();
  const agents = candidates.over(store.agents);
  const next = { agent: live.agent, release: { ...live.release, releaseId: "rel_2" } };
  const ids = { agentId: "agt_new", name: "newcomer" };
  const first = { agent: { ...live.agent, ...ids }, release: { ...live.release, ...ids, releaseId: "rel_3" } };
  {
    using _next = candidates.hold(next);
    using _first = candidates.hold(first);
    expect(await agents.findRelease(DEFAULT_ORG_ID, "rel_2")).toEqual(next.release);
    expect(await agents.findRelease("org_other", "rel_2")).toBeUndefined();
    expect((await agents.findById(DEFAULT_ORG_ID, "agt_1"))?.release.releaseId).toBe("rel_1");
    expect(await agents.findById(DEFAULT_ORG_ID, "agt_new")).toEqual(first);
    expect(await agents.find(DEFAULT_ORG_ID, "newcomer")).toBeUndefined();
    expect(await agents.releases(DEFAULT_ORG_ID, "agt_1")).toHaveLength(1);
    expect((await agents.list({ orgId: DEFAULT_ORG_ID }, { size: 10 })).agents).toHaveLength(1);
  }
  expect(await agents.findRelease(DEFAULT_ORG_ID, "rel_2")).toBeUndefined();
  expect(await agents.findById(DEFAULT_ORG_ID, "agt_new")).toBeUndefined();
  expect((await agents.findRelease(DEFAULT_ORG_ID, "rel_1"))?.releaseId).toBe("rel_1");
});
