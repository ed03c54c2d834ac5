import { expect, test } from "vitest";
import { refusal } from "../bindings/index.ts";
import type { BindingV1, PushClient } from "../bindings/index.ts";
import { saying, taskOf } from "../house.ts";
import type { CallerOptions, House } from "../house.ts";

const URL = "https://example.com/hook";

const OPERATIONS: Readonly<Record<string, (client: PushClient, taskId: string) => Promise<unknown>>> = {
  create: async (client, taskId) => await client.create({ taskId, url: URL }),
  get: async (client, taskId) => await client.get({ taskId, id: "hook" }),
  list: async (client, taskId) => await client.list({ taskId }),
  delete: async (client, taskId) => await client.remove({ taskId, id: "hook" }),
};

/** Webhooks: what they do when a task goes on is for the TCK and `push-clients.test.ts`. */
export function describePush(house: House, binding: BindingV1): void {
  const withTask = async (options: CallerOptions = {}): Promise<{ push: PushClient; taskId: string }> => {
    const { id: taskId } = taskOf(await house.client(binding, options).send(saying("ask what?")));
    return { push: house.pushClient(binding, options), taskId };
  };

  test("[PUSH-CONFIG-001] one is created, read, listed and deleted, and has its secrets still", async () => {
    const { push, taskId } = await withTask();
    const config = {
      taskId,
      id: "hook",
      url: URL,
      token: "t",
      authentication: { scheme: "Basic", credentials: "c" },
    };
    expect(await push.create(config)).toEqual(config);
    expect(await push.get({ taskId, id: "hook" })).toEqual(config);
    const other = await push.create({ taskId, url: `${URL}/2` });
    expect(new Set((await push.list({ taskId })).map(({ id }) => id))).toEqual(new Set(["hook", other.id]));
    await push.remove({ taskId, id: "hook" });
    expect(await push.list({ taskId })).toEqual([other]);
  });

  test("[PUSH-CONFIG-002] a delete that is repeated changes nothing, and is no error", async () => {
    const { push, taskId } = await withTask();
    await push.create({ taskId, id: "hook", url: URL });
    await push.remove({ taskId, id: "hook" });
    await push.remove({ taskId, id: "hook" });
    expect(await push.list({ taskId })).toEqual([]);
  });

  test.each(Object.entries(OPERATIONS))(
    "[PUSH-ERR-001] %s of another's task is answered as if there were none",
    async (_name, operation) => {
      const { push, taskId } = await withTask();
      const bob = house.pushClient(binding, { as: "bob" });
      const foreign = await refusal(operation(bob, taskId));
      const absent = await refusal(operation(bob, "task_unknown"));
      const code = { JSONRPC: -32001, "HTTP+JSON": 404, GRPC: 5 }[binding.name];
      expect([foreign.reason, foreign.code, foreign.message]).toEqual(["TASK_NOT_FOUND", code, absent.message]);
      expect(await push.list({ taskId })).toEqual([]);
    },
  );

  test("[PUSH-ERR-002] one that does not exist is not found", async () => {
    const { push, taskId } = await withTask();
    expect((await refusal(push.get({ taskId, id: "hook" }))).reason).toBe("TASK_NOT_FOUND");
  });

  test.each(["http://127.0.0.1:1/", "http://169.254.169.254/latest", "ftp://example.com/", "/hook"])(
    "[PUSH-ERR-003] the address %s is refused with its field, by a create and by a send",
    async (url) => {
      const { push, taskId } = await withTask();
      const created = await refusal(push.create({ taskId, url }));
      expect([created.reason, created.fields]).toEqual(["INVALID_PARAMS", ["url"]]);
      const send = saying("echo hi", {}, { taskPushNotificationConfig: { url } });
      const sent = await refusal(house.client(binding).send(send));
      expect([sent.reason, sent.fields]).toEqual(["INVALID_PARAMS", ["configuration.taskPushNotificationConfig.url"]]);
    },
  );
}
