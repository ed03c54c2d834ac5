import { TaskState } from "@berth/protocol";
import type { ListTasksResponse, Task } from "@berth/protocol";
import { expect, test } from "vitest";
import { refusal } from "../bindings/index.ts";
import type { Binding, BindingClient } from "../bindings/index.ts";
import { endedTask, saying, taskOf } from "../house.ts";
import type { House } from "../house.ts";

/** What a list holds, in which order, and how one goes through it. */
export function describeLists(house: House, binding: Binding): void {
  /** That many finished tasks in a context of their own, oldest first. */
  const some = async (count: number): Promise<{ contextId: string; ids: readonly string[]; client: BindingClient }> => {
    const client = house.client(binding);
    const contextId = crypto.randomUUID();
    const ids: string[] = [];
    for (let n = 0; n < count; n++) ids.push(taskOf(await client.send(saying(`echo ${n}`, { contextId }))).id);
    return { contextId, ids, client };
  };
  const idsOf = ({ tasks }: ListTasksResponse): readonly string[] => tasks.map(({ id }) => id);

  test("[LIST-TOKEN-001] the next page's token is always there, empty on the last page", async () => {
    const { contextId, ids, client } = await some(3);
    const whole = await client.list({ contextId });
    expect([whole.nextPageToken, whole.totalSize, whole.pageSize]).toEqual(["", 3, 50]);
    const first = await client.list({ contextId, pageSize: 2 });
    expect([first.pageSize, first.totalSize, first.nextPageToken === ""]).toEqual([2, 3, false]);
    const second = await client.list({ contextId, pageSize: 2, pageToken: first.nextPageToken });
    expect([second.nextPageToken, second.totalSize]).toEqual(["", 3]);
    expect([...idsOf(first), ...idsOf(second)]).toEqual(ids.toReversed());
    expect(await client.list({ contextId: "nothing-here" })).toMatchObject({ tasks: [], nextPageToken: "" });
  });

  test("[LIST-ORDER-001] the newest status is first, also when an old task moves", async () => {
    const client = house.client(binding);
    const contextId = crypto.randomUUID();
    const old = taskOf(await client.send(saying("ask what?", { contextId })));
    const young = taskOf(await client.send(saying("echo hi", { contextId })));
    expect(idsOf(await client.list({ contextId }))).toEqual([young.id, old.id]);
    await client.send(saying("echo that", { taskId: old.id }));
    const listed = await client.list({ contextId });
    expect(idsOf(listed)).toEqual([old.id, young.id]);
    const times = listed.tasks.map(({ status }) => Date.parse(status.timestamp ?? ""));
    expect(times).toEqual(times.toSorted((a, b) => b - a));
  });

  test("[LIST-SIZE-001] a page has 1 to 100 tasks; another number is refused with its field", async () => {
    const client = house.client(binding);
    for (const pageSize of [0, -1, 101, 1_000_000]) {
      const refused = await refusal(client.list({ pageSize }));
      expect([refused.reason, refused.fields]).toEqual(["INVALID_PARAMS", ["pageSize"]]);
    }
    expect((await client.list({ pageSize: 100 })).pageSize).toBe(100);
  });

  test("[LIST-TOKEN-002] a token that no page gave out is refused with its field", async () => {
    const refused = await refusal(house.client(binding).list({ pageToken: "not-a-token" }));
    expect([refused.reason, refused.fields]).toEqual(["INVALID_PARAMS", ["pageToken"]]);
  });

  test("[LIST-STABLE-001] pages neither repeat nor lose a task while others begin", async () => {
    const { contextId, ids, client } = await some(5);
    const seen: string[] = [];
    let pageToken = "";
    do {
      const page = await client.list({ contextId, pageSize: 2, ...(pageToken === "" ? {} : { pageToken }) });
      seen.push(...idsOf(page));
      pageToken = page.nextPageToken;
      await client.send(saying("echo in between", { contextId }));
    } while (pageToken !== "");
    expect(seen).toEqual(ids.toReversed());
  });

  test("[LIST-ARTIFACTS-001] artifacts are left out, member and all, unless asked for", async () => {
    const { contextId, client } = await some(1);
    expect((await client.list({ contextId })).tasks[0]).not.toHaveProperty("artifacts");
    expect((await client.list({ contextId, includeArtifacts: false })).tasks[0]).not.toHaveProperty("artifacts");
    const [shown] = (await client.list({ contextId, includeArtifacts: true })).tasks;
    expect(shown?.artifacts).toMatchObject([{ parts: [{ text: "0" }] }]);
    const failed = await endedTask(client, TaskState.Failed);
    const empty = await client.list({ contextId: failed.contextId, includeArtifacts: true });
    // protobuf has no empty lists.
    expect(empty.tasks[0]?.artifacts).toEqual(binding.name === "GRPC" ? undefined : []);
  });

  test("[LIST-FILTER-001] by state, by context and by the time of the status, which is inclusive", async () => {
    const client = house.client(binding);
    const contextId = crypto.randomUUID();
    const asking = taskOf(await client.send(saying("ask what?", { contextId })));
    const done = taskOf(await client.send(saying("echo hi", { contextId })));
    const by = async (filter: object): Promise<readonly string[]> => idsOf(await client.list({ contextId, ...filter }));
    expect(await by({ status: TaskState.InputRequired })).toEqual([asking.id]);
    expect(await by({ status: TaskState.Completed })).toEqual([done.id]);
    expect(await by({ status: TaskState.Rejected })).toEqual([]);
    expect(await by({ statusTimestampAfter: timeOf(done) })).toEqual([done.id]);
    expect(await by({ statusTimestampAfter: timeOf(asking) })).toEqual([done.id, asking.id]);
    const refused = await refusal(client.list({ status: "TASK_STATE_ASLEEP" }));
    expect([refused.reason, refused.fields]).toEqual(["INVALID_PARAMS", ["status"]]);
  });

  test("[LIST-SAME-001] a listed task is the task that a get answers", async () => {
    const { contextId, ids, client } = await some(1);
    const listed = await client.list({ contextId, includeArtifacts: true, historyLength: 10 });
    expect(listed.tasks[0]).toEqual(await client.get({ id: ids[0] ?? "" }));
  });
}

function timeOf({ status }: Task): string {
  return status.timestamp ?? "";
}
