import type { Principal } from "@berth/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ORG, alice, openHouse, person, reasonOf } from "../services/services.fixture.ts";
import type { AgentRun, ServicesHouse } from "../services/services.fixture.ts";

let house: ServicesHouse;
beforeEach(async () => {
  house = await openHouse();
});
afterEach(async () => await house[Symbol.asyncDispose]());

const textsOf = async (run: AgentRun, query: string): Promise<readonly unknown[]> => {
  const { hits } = await house.services.memory.search(run.call(), { query });
  // The answer is ours.
  return (hits as { readonly text: string }[]).map(({ text }) => text);
};

describe("a run's memory", () => {
  it("is its principal's, of this agent, over all of its runs", async () => {
    const { memory } = house.services;
    const first = await house.start({ agent: "alpha", by: alice });
    const saved = await memory.save(first.call(), { text: "Ada prefers short answers.", source: "chat" });
    expect(saved).toMatchObject({ outcome: "created", scope: "user", runId: first.taskId, by: alice.id });
    const later = await house.start({ agent: "alpha", by: alice });
    expect(await textsOf(later, "short answers")).toEqual(["Ada prefers short answers."]);
    for (const [agent, by] of [
      ["alpha", person("usr_bea", "invoke")],
      ["beta", alice],
    ] as const) {
      const other = await house.start({ agent, by });
      expect(await textsOf(other, "short answers")).toEqual([]);
      expect(await memory.remove(other.call(), { ids: [saved["id"] ?? ""] })).toEqual({ removed: 0 });
    }
    expect(await memory.list(later.call(), {})).toMatchObject({ items: [{ id: saved["id"], source: "chat" }] });
    expect(await memory.remove(later.call(), { all: true })).toEqual({ removed: 1 });
  });

  it("stands in its log with hashes before it is answered, and every item knows its event", async () => {
    const { memory } = house.services;
    const run = await house.start();
    const saved = await memory.save(run.call(), { text: "x" });
    await memory.search(run.call(), { query: "x" });
    expect(await reasonOf(memory.save(run.call(), { text: " " }))).toBe("INVALID_PARAMS");
    // JSON values are too deep for the types of matchers.
    const [itemId, digest]: readonly unknown[] = [saved["id"], saved["digest"]];
    expect(await run.log("memory")).toEqual([
      expect.objectContaining({
        op: "save",
        outcome: "ok",
        itemId,
        digest,
        scope: "user",
      }),
      expect.objectContaining({ op: "search", outcome: "ok", items: 1, digest }),
      expect.objectContaining({ op: "save", outcome: "failed", reason: "INVALID_PARAMS" }),
    ]);
    const events = await house.store.tasks.events({ orgId: ORG, taskId: run.taskId, after: 0, limit: 100 });
    const event = events.find(({ body }) => body.kind === "memory" && body.op === "save");
    expect(saved["eventSeq"]).toBe(event?.seq);
    expect(await memory.list(run.call(), {})).toMatchObject({ items: [{ eventSeq: event?.seq, runId: run.taskId }] });
  });

  it("is not for everybody unless berth.json says so, and not for nobody in particular", async () => {
    const { memory } = house.services;
    const run = await house.start();
    expect(await reasonOf(memory.search(run.call(), { query: "x", scope: "agent" }))).toBe("GRANT_EXCEEDED");
    expect(await run.log("memory")).toMatchObject([{ outcome: "denied", scope: "agent", reason: "GRANT_EXCEEDED" }]);
    const found = await house.store.agents.find(ORG, "mute");
    if (found === undefined) throw new Error("mute is published");
    const { agent, release } = found;
    const config = { ...release.config, visibility: "public" as const };
    await house.store.agents.publish(
      { ...agent, activeReleaseId: "rel_open" },
      { ...release, releaseId: "rel_open", config },
    );
    const nobody: Principal = { kind: "anonymous", id: "anonymous", orgId: ORG, scopes: ["invoke"] };
    const open = await house.start({ agent: "mute", by: nobody });
    expect(await reasonOf(memory.save(open.call(), { text: "x" }))).toBe("GRANT_EXCEEDED");
  });

  it("needs a grant that holds in these hands, of a run that goes on", async () => {
    const { memory } = house.services;
    const [run, other] = [await house.start(), await house.start({ agent: "beta" })];
    const { grant } = other.call();
    expect(await reasonOf(memory.search(run.call(grant), { query: "x" }))).toBe("GRANT_INVALID");
    expect(await reasonOf(memory.search(run.call("acg1_none"), { query: "x" }))).toBe("GRANT_INVALID");
    const call = run.call();
    await run.finish();
    expect(await reasonOf(memory.save(call, { text: "x" }))).not.toBe("ok");
  });
});
