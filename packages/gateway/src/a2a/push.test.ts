import { WebhookReceiver, openLoopbackOutbound, waitFor } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHouse, textMessage } from "../gateway.fixture.ts";
import type { Answer, House, Json } from "../gateway.fixture.ts";

const outbound = openLoopbackOutbound();
let house: House;
let receiver: WebhookReceiver;

beforeAll(async () => {
  receiver = await WebhookReceiver.open();
  house = await openHouse({ outbound, gateway: { offer: { pushNotifications: true } } });
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
  await outbound.close();
  await receiver[Symbol.asyncDispose]();
});

const hook = (path: string): string => `${receiver.url}${path}`;
/** What one address of the receiver got, once there are so many. */
async function updatesAt(path: string, count: number): Promise<Json[]> {
  const at = (): Json[] => receiver.updates.filter((each) => each.path === path).map(({ text }) => JSON.parse(text));
  await waitFor(`${count} updates at ${path}`, () => at().length >= count);
  return at();
}
async function newTask(): Promise<string> {
  return (await house.rpc("SendMessage", textMessage("hello"))).json.result.task.id;
}
const codeOf = ({ json }: Answer): unknown => json.error?.code;
const violationsOf = ({ json }: Answer): Json =>
  (json.error.data ?? json.error.details).find((each: Json) => each.fieldViolations !== undefined)?.fieldViolations;

describe("webhooks in A2A 1.0 over JSON-RPC", () => {
  test("are created, read, listed and deleted", async () => {
    const taskId = await newTask();
    const config = { taskId, url: hook("/a"), token: "t", authentication: { scheme: "Bearer", credentials: "s" } };
    const created = await house.rpc("CreateTaskPushNotificationConfig", { ...config, id: "mine" });
    expect(created.json.result).toEqual({ ...config, id: "mine" });
    expect((await house.rpc("GetTaskPushNotificationConfig", { taskId, id: "mine" })).json.result).toEqual(
      created.json.result,
    );
    const named = await house.rpc("CreateTaskPushNotificationConfig", { taskId, url: hook("/b") });
    expect(named.json.result.id).toMatch(/^push_/);
    const first = await house.rpc("ListTaskPushNotificationConfigs", { taskId, pageSize: 1 });
    expect(first.json.result.configs).toHaveLength(1);
    const pageToken = first.json.result.nextPageToken;
    const second = await house.rpc("ListTaskPushNotificationConfigs", { taskId, pageSize: 1, pageToken });
    expect(second.json.result).toMatchObject({ configs: [named.json.result], nextPageToken: "" });
    for (let time = 1; time <= 2; time++) {
      const deleted = await house.rpc("DeleteTaskPushNotificationConfig", { taskId, id: "mine" });
      expect(deleted.json.result, `time ${time}`).toEqual({});
    }
    expect(codeOf(await house.rpc("GetTaskPushNotificationConfig", { taskId, id: "mine" }))).toBe(-32001);
  });

  test("that come with a send get every update of the turn, in order", async () => {
    const sent = await house.rpc("SendMessage", {
      ...textMessage("hello"),
      configuration: { taskPushNotificationConfig: { url: hook("/inline"), token: "t0k" } },
    });
    const { id } = sent.json.result.task;
    const updates = await updatesAt("/inline", 3);
    expect(updates.map((update) => update.statusUpdate?.status.state ?? "artifact")).toEqual([
      "TASK_STATE_WORKING",
      "artifact",
      "TASK_STATE_COMPLETED",
    ]);
    const got = receiver.updates.find(({ path }) => path === "/inline");
    expect(got?.headers).toMatchObject({ "content-type": "application/a2a+json", "x-a2a-notification-token": "t0k" });
    expect((await house.rpc("GetTaskPushNotificationConfig", { taskId: id, id })).json.result.url).toBe(
      hook("/inline"),
    );
  });

  test.each([
    ["http://169.254.169.254/", "must not lead to a private address"],
    ["http://[::1]:9000/", "must not lead to a private address"],
    ["https://user:secret@example.com/", "must not contain a user name or password"],
  ])("that we do not call are refused by their field: %s", async (url, description) => {
    const taskId = await newTask();
    const created = await house.rpc("CreateTaskPushNotificationConfig", { taskId, url });
    expect([codeOf(created), violationsOf(created)]).toEqual([-32602, [{ field: "url", description }]]);
    const before = house.connector.turns.length;
    const configuration = { taskPushNotificationConfig: { url } };
    const sent = await house.rpc("SendMessage", { ...textMessage("hello"), configuration });
    const field = "configuration.taskPushNotificationConfig.url";
    expect([codeOf(sent), violationsOf(sent)]).toEqual([-32602, [{ field, description }]]);
    expect(house.connector.turns).toHaveLength(before);
  });

  test("cannot smuggle headers in", async () => {
    const taskId = await newTask();
    const config = {
      taskId,
      url: hook("/x"),
      token: "a\r\nX-Evil: 1",
      authentication: { scheme: "Be arer", credentials: "ü" },
    };
    const fields = violationsOf(await house.rpc("CreateTaskPushNotificationConfig", config)).map(
      ({ field }: Json) => field,
    );
    expect(fields).toEqual(["token", "authentication.scheme", "authentication.credentials"]);
  });

  test("are as many as twenty per task", async () => {
    const taskId = await newTask();
    const create = async (id: string): Promise<Answer> =>
      await house.rpc("CreateTaskPushNotificationConfig", { taskId, id, url: hook("/many") });
    for (let n = 1; n <= 20; n++) expect((await create(`c${n}`)).json.result.id).toBe(`c${n}`);
    expect((await create("c21")).json.error.data[0].reason).toBe("RATE_LIMITED");
    expect((await create("c20")).json.result.id).toBe("c20");
  });

  test("belong to tasks one may see; their secrets and their removal to the task's owner", async () => {
    const token = await house.key("invoke");
    const stranger = await house.key("invoke");
    const reader = await house.key("read", "invoke");
    const taskId = (await house.rpc("SendMessage", textMessage("hello"), { token })).json.result.task.id;
    const config = {
      taskId,
      id: "c",
      url: hook("/x"),
      token: "t",
      authentication: { scheme: "Basic", credentials: "s" },
    };
    await house.rpc("CreateTaskPushNotificationConfig", config, { token });
    const key = { taskId, id: "c" };
    for (const method of ["Get", "Delete"]) {
      const refused = await house.rpc(`${method}TaskPushNotificationConfig`, key, { token: stranger });
      expect(codeOf(refused), method).toBe(-32001);
    }
    const read = await house.rpc("GetTaskPushNotificationConfig", key, { token: reader });
    expect(read.json.result).toEqual({ ...key, url: hook("/x"), authentication: { scheme: "Basic" } });
    const removed = await house.rpc("DeleteTaskPushNotificationConfig", key, { token: reader });
    expect(removed.json.error.data[0].reason).toBe("PERMISSION_DENIED");
    expect((await house.rpc("GetTaskPushNotificationConfig", key, { token })).json.result).toEqual(config);
  });
});

describe("webhooks in A2A 1.0 over HTTP+JSON", () => {
  test("are created, read, listed and deleted", async () => {
    const taskId = await newTask();
    const path = `/agents/scripted/tasks/${taskId}/pushNotificationConfigs`;
    const created = await house.call(path, { body: { id: "c", url: hook("/rest") } });
    expect([created.status, created.json]).toEqual([200, { id: "c", taskId, url: hook("/rest") }]);
    expect((await house.call(`${path}/c`)).json).toEqual(created.json);
    expect((await house.call(`${path}?pageSize=1`)).json).toEqual({ configs: [created.json], nextPageToken: "" });
    expect((await house.call(`${path}?pageSize=0.5`)).json.error.details[0].reason).toBe("INVALID_PARAMS");
    for (let time = 1; time <= 2; time++) {
      expect((await house.call(`${path}/c`, { method: "DELETE" })).status, `time ${time}`).toBe(204);
    }
    expect((await house.call(`${path}/c`)).status).toBe(404);
    const other = await house.call(path, { body: { taskId: "task_x", url: hook("/rest") } });
    expect([other.status, violationsOf(other)[0].field]).toEqual([400, "taskId"]);
    const absent = await house.call("/agents/hidden/tasks/x/pushNotificationConfigs", { token: house.admin });
    expect(absent.status).toBe(404);
  });
});

describe("webhooks in A2A 0.3", () => {
  test("over JSON-RPC have their own shapes, and get the task", async () => {
    const sent = await house.rpc("message/send", {
      message: { kind: "message", messageId: crypto.randomUUID(), role: "user", parts: [{ kind: "text", text: "hi" }] },
      configuration: { blocking: true, pushNotificationConfig: { url: hook("/v03"), token: "t" } },
    });
    const { id } = sent.json.result;
    const updates = await updatesAt("/v03", 3);
    expect(updates.map(({ kind, status }) => [kind, status.state])).toEqual([
      ["task", "working"],
      ["task", "working"],
      ["task", "completed"],
    ]);
    const got = receiver.updates.find(({ path }) => path === "/v03");
    expect(got?.headers).toMatchObject({ "content-type": "application/json", "a2a-version": "0.3" });
    const kept = { taskId: id, pushNotificationConfig: { id, url: hook("/v03"), token: "t" } };
    expect((await house.rpc("tasks/pushNotificationConfig/get", { id })).json.result).toEqual(kept);
    const set = { taskId: id, pushNotificationConfig: { id: "second", url: hook("/v03b") } };
    expect((await house.rpc("tasks/pushNotificationConfig/set", set)).json.result).toEqual(set);
    expect((await house.rpc("tasks/pushNotificationConfig/list", { id })).json.result).toEqual([set, kept]);
    const pushNotificationConfigId = "second";
    const deleted = await house.rpc("tasks/pushNotificationConfig/delete", { id, pushNotificationConfigId });
    expect(deleted.json.result).toBeNull();
    const gone = await house.rpc("tasks/pushNotificationConfig/get", { id, pushNotificationConfigId });
    expect(codeOf(gone)).toBe(-32001);
  });

  test("over HTTP+JSON have theirs", async () => {
    const taskId = await newTask();
    const path = `/agents/scripted/v1/tasks/${taskId}/pushNotificationConfigs`;
    const body = { config: { pushNotificationConfig: { id: "c", url: hook("/v03rest") } } };
    const created = await house.call(path, { body });
    expect(created.json).toEqual({
      name: `tasks/${taskId}/pushNotificationConfigs/c`,
      pushNotificationConfig: { id: "c", url: hook("/v03rest") },
    });
    expect((await house.call(`${path}/c`)).json).toEqual(created.json);
    expect((await house.call(path)).json.configs).toEqual([created.json]);
    expect((await house.call(`${path}/c`, { method: "DELETE" })).status).toBe(204);
    expect((await house.call(path)).json.configs).toEqual([]);
  });
});

describe("the log of deliveries", () => {
  test("shows what became of each update, and sends a dead one again", async () => {
    receiver.answer = ({ path }) => ({ status: path === "/picky" ? 422 : 204 });
    const taskId = (
      await house.rpc("SendMessage", {
        ...textMessage("hello"),
        configuration: { taskPushNotificationConfig: { id: "c", url: hook("/picky") } },
      })
    ).json.result.task.id;
    await updatesAt("/picky", 3);
    const list = async (): Promise<Json[]> =>
      (await house.call(`/v1/tasks/${taskId}/deliveries`, { token: house.admin })).json.deliveries;
    await waitFor(
      "three dead deliveries",
      async () => (await list()).filter(({ state }) => state === "dead").length === 3,
    );
    const [first] = await list();
    expect(first).toMatchObject({ taskId, configId: "c", state: "dead", attempts: 1, lastError: "HTTP 422" });
    expect(first).not.toHaveProperty("orgId");
    receiver.answer = () => ({ status: 204 });
    const retry = `/v1/deliveries/${first.deliveryId}/retry`;
    const retried = await house.call(retry, { method: "POST", token: house.admin });
    expect([retried.status, retried.json.deliveryId]).toEqual([200, first.deliveryId]);
    await waitFor("its delivery", async () => (await list())[0].state === "delivered");
    const again = await house.call(retry, { method: "POST", token: house.admin });
    expect([again.status, again.json.reason]).toEqual([409, "UNSUPPORTED_OPERATION"]);
    const stranger = await house.key("invoke");
    const foreign = await house.call(retry, { method: "POST", token: stranger });
    expect([foreign.status, foreign.json.reason]).toEqual([404, "DELIVERY_NOT_FOUND"]);
    expect((await house.call(`/v1/tasks/${taskId}/deliveries`, { token: stranger })).status).toBe(404);
  });
});

test("the card says that webhooks are served", async () => {
  const { json } = await house.call("/agents/scripted/.well-known/agent-card.json");
  expect(json.capabilities.pushNotifications).toBe(true);
});
