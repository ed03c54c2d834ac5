import { TaskState } from "@berth/protocol";
import type { Principal, TaskEvent } from "@berth/protocol";
import { describe, expect, test } from "vitest";
import { TaskChangeHub } from "./task-changes.ts";
import type { MovedTask } from "./task-changes.ts";

const principal = (change: Partial<Principal> = {}): Principal => ({
  kind: "api_key",
  id: "key_1",
  orgId: "org",
  scopes: ["invoke"],
  ...change,
});
const task = (
  taskId: string,
  { principalId = "key_1", agentName = "planner", orgId = "org", seq = 2 } = {},
): MovedTask => ({
  taskId,
  state: TaskState.Working,
  seq,
  record: { orgId, contextId: "ctx", releaseId: "rel", principalId },
  accepted: { agentName },
});
const events: readonly TaskEvent[] = [
  { taskId: "t", seq: 2, at: "2026-11-29T10:00:00Z", body: { kind: "status", status: { state: TaskState.Working } } },
];

async function first<T>(source: AsyncIterable<T>): Promise<T | undefined> {
  for await (const each of source) return each;
  return undefined;
}

describe("changes of tasks", () => {
  test("are told to whoever may see the task, of each task the newest", async () => {
    const hub = new TaskChangeHub();
    const stop = new AbortController();
    const own = hub.tasks(principal(), stop.signal);
    const all = hub.tasks(principal({ scopes: ["read"] }), stop.signal);
    const some = hub.tasks(principal({ scopes: ["read"], agents: ["writer"] }), stop.signal);
    const foreign = hub.tasks(principal({ orgId: "other", scopes: ["owner"] }), stop.signal);
    hub.moved(task("a"), events);
    hub.moved(task("b", { principalId: "key_2", agentName: "writer" }), events);
    hub.moved(task("a", { seq: 3 }), events);
    const idsOf = async (source: typeof own): Promise<unknown> =>
      (await first(source))?.changes.map(({ taskId, seq }) => `${taskId}${seq}`);
    expect([await idsOf(own), await idsOf(all), await idsOf(some)]).toEqual([["a3"], ["b2", "a3"], ["b2"]]);
    stop.abort();
    expect(await first(foreign)).toBeUndefined();
  });

  test("that nobody has read yet are bounded, and what did not fit is counted", async () => {
    const hub = new TaskChangeHub();
    const stop = new AbortController();
    const source = hub.tasks(principal(), stop.signal);
    for (let index = 0; index < 1_003; index++) hub.moved(task(`t${index}`), events);
    const told = await first(source);
    expect([told?.changes.length, told?.skipped, told?.changes[0]?.taskId]).toEqual([1_000, 3, "t3"]);
    stop.abort();
  });

  test("of approvals are for those who may read them", async () => {
    const hub = new TaskChangeHub();
    const stop = new AbortController();
    expect(() => hub.approvals(principal(), stop.signal)).toThrow(
      expect.objectContaining({ reason: "PERMISSION_DENIED" }),
    );
    const source = hub.approvals(principal({ scopes: ["approve"] }), stop.signal);
    const body = {
      kind: "scope_request",
      approvalId: "apr_1",
      phase: "requested",
      read: [],
      reason: "x",
      expiresAt: "",
    } as const;
    hub.moved(task("a"), [{ taskId: "a", seq: 3, at: "2026-11-29T10:00:01Z", body }]);
    expect((await first(source))?.changes).toEqual([
      {
        type: "approval",
        approvalId: "apr_1",
        taskId: "a",
        agent: "planner",
        phase: "requested",
        at: "2026-11-29T10:00:01Z",
      },
    ]);
    stop.abort();
  });
});
