import { expect, it } from "vitest";
import type { RunRecord } from "./run-store.ts";
import type { Store } from "./store.ts";

export function runStoreContract(store: () => Store): void {
  const run = (taskId: string, wakeAt?: string): RunRecord => ({
    orgId: "org_a",
    taskId,
    turn: '{"principal":{}}',
    ...(wakeAt === undefined ? {} : { wakeAt }),
  });

  it("keeps a run once, until it is removed", async () => {
    const { runs } = store();
    await runs.insert(run("task_1"));
    await runs.insert({ ...run("task_1"), turn: "another" });
    expect(await runs.find("org_a", "task_1")).toEqual(run("task_1"));
    expect(await runs.find("org_b", "task_1")).toBeUndefined();
    expect(await runs.find("org_a", "nul \u0000")).toBeUndefined();
    await runs.remove("org_a", "task_1");
    await runs.remove("org_a", "task_1");
    expect(await runs.find("org_a", "task_1")).toBeUndefined();
  });

  it("gives those whose moment has come, the earliest first", async () => {
    const { runs } = store();
    await runs.insert(run("task_late", "2026-12-29T10:00:00.000Z"));
    await runs.insert(run("task_soon", "2026-11-29T10:00:00.000Z"));
    await runs.insert(run("task_none"));
    expect(await runs.due("2026-11-29T09:59:59.999Z", 10)).toEqual([]);
    expect((await runs.due("2026-11-29T10:00:00.000Z", 10)).map(({ taskId }) => taskId)).toEqual(["task_soon"]);
    expect((await runs.due("2027-01-01T00:00:00.000Z", 10)).map(({ taskId }) => taskId)).toEqual([
      "task_soon",
      "task_late",
    ]);
    expect(await runs.due("2027-01-01T00:00:00.000Z", 1)).toHaveLength(1);
    await runs.wakeAt("org_a", "task_soon", undefined);
    await runs.wakeAt("org_a", "task_none", "2026-11-01T00:00:00.000Z");
    await runs.wakeAt("org_a", "task_gone", "2026-11-01T00:00:00.000Z");
    const due = await runs.due("2026-11-29T10:00:00.000Z", 10);
    expect(due).toEqual([run("task_none", "2026-11-01T00:00:00.000Z")]);
    for (const taskId of ["task_late", "task_soon", "task_none"]) await runs.remove("org_a", taskId);
  });

  it("lists all of them in pages", async () => {
    const { runs } = store();
    for (const taskId of ["task_b", "task_a", "task_c"]) await runs.insert(run(taskId));
    expect((await runs.list({ limit: 2 })).map(({ taskId }) => taskId)).toEqual(["task_a", "task_b"]);
    expect(await runs.list({ limit: 2, afterTaskId: "task_b" })).toEqual([run("task_c")]);
    for (const taskId of ["task_a", "task_b", "task_c"]) await runs.remove("org_a", taskId);
  });
}
