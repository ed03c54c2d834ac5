import { DEFAULT_ORG_ID, TaskState } from "@berth/protocol";
import { allTo } from "@berth/store";
import type { Store } from "@berth/store";
import type { TurnScript } from "@berth/testing";
import { expect, test } from "vitest";
import { alice, by, hello, house } from "./task-engine.fixture.ts";

const settled = { timeoutMs: 5_000 };

/** Asks for a name, then greets. */
const asking: TurnScript = async function* (turn, agent) {
  if (turn.upstream === undefined) {
    yield agent.task();
    yield agent.status(TaskState.InputRequired, "Your name?");
    return;
  }
  yield agent.status(TaskState.Completed);
};

/** The agent has a second release, and all its traffic is there. */
async function redeploy(store: Store): Promise<void> {
  const found = await store.agents.find(DEFAULT_ORG_ID, "scripted");
  if (found === undefined) throw new Error("the house has no agent");
  const release = { ...found.release, releaseId: "rel_2", digest: `sha256:${"2".repeat(64)}` };
  await store.agents.publish({ ...found.agent, activeReleaseId: "rel_2" }, release);
}

test("a task stays on the release it began on, and its record says so", async () => {
  const first = await house(asking);
  const turn = await first.engine.accept(by(alice), "scripted", { message: hello() });
  await first.engine.settle(turn, by(alice), settled);
  await redeploy(first.store);
  const second = await house(asking, { store: first.store });
  const sent: string[] = [];
  const { send } = second.connector;
  second.connector.send = async function* (spec, ...rest) {
    sent.push(spec.releaseId);
    yield* send.call(second.connector, spec, ...rest);
  };
  const answer = { message: hello({ taskId: turn.taskId }) };
  await second.engine.settle(await second.engine.accept(by(alice), "scripted", answer), by(alice), settled);
  const fresh = await second.engine.accept(by(alice), "scripted", { message: hello() });
  await second.engine.settle(fresh, by(alice), settled);
  expect(sent).toEqual(["rel_1", "rel_2"]);
  expect((await second.engine.get(by(alice), turn.taskId)).record.releaseId).toBe("rel_1");
  expect((await second.engine.get(by(alice), fresh.taskId)).record.releaseId).toBe("rel_2");
});

test("a new task runs on the release that is pinned, active or not", async () => {
  const { engine, store } = await house();
  await redeploy(store);
  const later = await house(undefined, { store });
  const turn = await later.engine.accept(by(alice), "scripted", { message: hello() }, { release: "rel_1" });
  expect((await later.engine.get(by(alice), turn.taskId)).record.releaseId).toBe("rel_1");
  const unknown = engine.accept(by(alice), "scripted", { message: hello() }, { release: "rel_none" });
  await expect(unknown).rejects.toMatchObject({ reason: "RELEASE_NOT_FOUND" });
});

test("a conversation stays on the release its first message fell on", async () => {
  const { store } = await house();
  await redeploy(store);
  const { agentId, version } = (await store.agents.find(DEFAULT_ORG_ID, "scripted"))?.agent ?? {
    agentId: "",
    version: 0,
  };
  const shares = ["rel_2", "rel_1"].map((releaseId) => ({ releaseId, basisPoints: 5_000 }));
  const traffic = { ...allTo("rel_2"), shares };
  await store.agents.route(DEFAULT_ORG_ID, agentId, { expectedVersion: version, activeReleaseId: "rel_2", traffic });
  const { engine } = await house(undefined, { store });
  const seen = new Set<string>();
  for (let i = 0; i < 20; i++) {
    const first = await engine.accept(by(alice), "scripted", { message: hello() });
    const again = { message: hello({ contextId: first.contextId }) };
    const next = await engine.accept(by(alice), "scripted", again);
    const [one, two] = await Promise.all(
      [first, next].map(async ({ taskId }) => (await engine.get(by(alice), taskId)).record.releaseId),
    );
    expect(two).toBe(one);
    seen.add(one ?? "");
  }
  expect([...seen].toSorted()).toEqual(["rel_1", "rel_2"]);
});
