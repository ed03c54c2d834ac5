import { fileURLToPath } from "node:url";
import {
  DeleteTaskPushNotificationConfigRequest,
  GetTaskPushNotificationConfigRequest,
  ListTaskPushNotificationConfigsRequest,
  SendMessageRequest,
  TaskPushNotificationConfig,
} from "@a2a-js/sdk";
import type { Task } from "@a2a-js/sdk";
import { ClientFactory, ClientFactoryOptions, JsonRpcTransportFactory, RestTransportFactory } from "@a2a-js/sdk/client";
import {
  ClientFactory as LegacyClientFactory,
  ClientFactoryOptions as LegacyClientFactoryOptions,
} from "a2a-sdk-v03/client";
import { SKILL_CALL_METADATA } from "@berth/protocol";
import { PlatformProcess, WebhookReceiver, deployFolder, temporaryFolder, waitFor } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// Webhooks as the official clients set them up, unmodified: A2A 1.0 by @a2a-js/sdk 1.3.0, 0.3 by @a2a-js/sdk 0.3.14.

const ECHO = fileURLToPath(new URL("../../examples/echo", import.meta.url));
const METADATA = { [SKILL_CALL_METADATA]: { skill: "echo", input: { text: "hi" } } };
const BINDINGS = ["JSONRPC", "HTTP+JSON"];

const folder = temporaryFolder();
let platform: PlatformProcess;
let receiver: WebhookReceiver;
let base = "";

beforeAll(async () => {
  receiver = await WebhookReceiver.open();
  const env = { BERTH_OUTBOUND_ALLOW: "127.0.0.1:*" };
  platform = await PlatformProcess.start({ home: `${folder.path}/home`, env });
  await deployFolder(platform, ECHO, { name: "echo" });
  base = `${platform.url}/agents/echo/`;
});

afterAll(async () => {
  await platform.stop();
  await receiver[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const textsAt = (path: string): string[] =>
  receiver.updates.filter((update) => update.path === path).map(({ text }) => text);

describe.each(BINDINGS)("@a2a-js/sdk 1.3.0 over %s", (binding) => {
  test("sends with a webhook, and creates, reads, lists and deletes them", async () => {
    const path = `/v1/${binding}`;
    const transports = [new JsonRpcTransportFactory(), new RestTransportFactory()];
    const options = ClientFactoryOptions.createFrom(ClientFactoryOptions.default, {
      transports: transports.filter(({ protocolName }) => protocolName === binding),
      preferredTransports: [binding],
    });
    const client = await new ClientFactory(options).createFromUrl(base);
    const sent = await client.sendMessage(
      SendMessageRequest.fromJSON({
        message: { messageId: path, role: "ROLE_USER", parts: [{ data: { text: "hi" } }], metadata: METADATA },
        configuration: { taskPushNotificationConfig: { url: `${receiver.url}${path}` } },
      }),
    );
    // The echo agent makes tasks.
    const { id: taskId } = sent as Task;
    await waitFor("the last update", () => textsAt(path).some((text) => text.includes("TASK_STATE_COMPLETED")));
    const config = {
      taskId,
      id: "c",
      url: `${receiver.url}/x`,
      token: "t",
      authentication: { scheme: "Basic", credentials: "s" },
    };
    const created = await client.createTaskPushNotificationConfig(TaskPushNotificationConfig.fromJSON(config));
    expect(TaskPushNotificationConfig.toJSON(created)).toMatchObject(config);
    const key = { taskId, id: "c" };
    const read = await client.getTaskPushNotificationConfig(GetTaskPushNotificationConfigRequest.fromJSON(key));
    expect(read).toEqual(created);
    const request = ListTaskPushNotificationConfigsRequest.fromJSON({ taskId });
    const ids = async (): Promise<string[]> =>
      (await client.listTaskPushNotificationConfig(request)).configs.map(({ id }) => id);
    expect(await ids()).toEqual(["c", taskId]);
    await client.deleteTaskPushNotificationConfig(DeleteTaskPushNotificationConfigRequest.fromJSON(key));
    expect(await ids()).toEqual([taskId]);
  });
});

test("@a2a-js/sdk 0.3.14 sends with a webhook, and sets, reads, lists and deletes them", async () => {
  const options = LegacyClientFactoryOptions.createFrom(LegacyClientFactoryOptions.default, {});
  const client = await new LegacyClientFactory(options).createFromUrl(base);
  const sent = await client.sendMessage({
    message: {
      kind: "message",
      messageId: "push-v03",
      role: "user",
      parts: [{ kind: "data", data: { text: "hi" } }],
      metadata: METADATA,
    },
    configuration: { blocking: true, pushNotificationConfig: { url: `${receiver.url}/v03` } },
  });
  const taskId = sent.kind === "task" ? sent.id : "";
  await waitFor("the last update", () => textsAt("/v03").some((text) => JSON.parse(text).status.state === "completed"));
  expect(textsAt("/v03").every((text) => JSON.parse(text).kind === "task")).toBe(true);
  const pushNotificationConfig = { id: "c", url: `${receiver.url}/x`, token: "t" };
  const set = await client.setTaskPushNotificationConfig({ taskId, pushNotificationConfig });
  expect(set).toEqual({ taskId, pushNotificationConfig });
  const key = { id: taskId, pushNotificationConfigId: "c" };
  expect(await client.getTaskPushNotificationConfig(key)).toEqual(set);
  const ids = async (): Promise<unknown[]> =>
    (await client.listTaskPushNotificationConfig({ id: taskId })).map((each) => each.pushNotificationConfig.id);
  expect(await ids()).toEqual(["c", taskId]);
  await client.deleteTaskPushNotificationConfig(key);
  expect(await ids()).toEqual([taskId]);
});
