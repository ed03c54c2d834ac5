import { describe, expect, it } from "vitest";
import {
  fromV03PushConfigKey,
  fromV03RestPushConfig,
  fromV03TaskPushConfig,
  toV03RestPushConfig,
  toV03TaskPushConfig,
} from "./index.ts";

const V1 = {
  id: "p1",
  taskId: "t1",
  url: "https://example.com/hook",
  token: "s",
  authentication: { scheme: "Bearer", credentials: "x" },
};
const INNER = {
  id: "p1",
  url: "https://example.com/hook",
  token: "s",
  authentication: { schemes: ["Bearer"], credentials: "x" },
};

describe("push configuration of 0.3", () => {
  it("is nested in JSON-RPC", () => {
    const v03 = { taskId: "t1", pushNotificationConfig: INNER };
    expect(toV03TaskPushConfig(V1)).toEqual(v03);
    expect(fromV03TaskPushConfig(v03)).toEqual(V1);
  });

  it("has a resource name in REST", () => {
    expect(toV03RestPushConfig(V1)).toEqual({
      name: "tasks/t1/pushNotificationConfigs/p1",
      pushNotificationConfig: INNER,
    });
  });

  it.each([
    [
      "the create request",
      { parent: "tasks/t1", configId: "p1", config: { name: "x", pushNotificationConfig: { ...INNER, id: "" } } },
    ],
    [
      "the create request in proto names",
      { parent: "tasks/t1", config_id: "p1", config: { push_notification_config: INNER } },
    ],
    ["what @a2a-js/sdk 0.3.14 sends", { name: "tasks/t1/pushNotificationConfigs/p1", pushNotificationConfig: INNER }],
    ["the bare configuration", INNER],
  ])("reads %s", (_, body) => {
    expect(fromV03RestPushConfig("t1", body)).toEqual(V1);
  });

  it("keeps the preferred of several schemes, and drops an authentication that says nothing", () => {
    const config = (authentication: object): unknown => ({
      taskId: "t",
      pushNotificationConfig: { url: "https://a.b", authentication },
    });
    expect(fromV03TaskPushConfig(config({ schemes: ["Basic", "Bearer"] })).authentication).toEqual({ scheme: "Basic" });
    expect(fromV03TaskPushConfig(config({ credentials: "x" })).authentication).toEqual({
      scheme: "Bearer",
      credentials: "x",
    });
    expect(fromV03TaskPushConfig(config({})).authentication).toBeUndefined();
  });

  it.each([
    [{ pushNotificationConfig: INNER }, "taskId: is required"],
    [{ taskId: "t" }, "pushNotificationConfig: is required"],
    [
      { taskId: "t", pushNotificationConfig: { url: "gopher://x" } },
      "pushNotificationConfig.url: must be an http or https URL",
    ],
  ])("refuses %j", (value, violation) => {
    expect(() => fromV03TaskPushConfig(value)).toThrow(violation);
  });

  it("is asked for by task, with or without its own id", () => {
    expect(fromV03PushConfigKey({ id: "t1", pushNotificationConfigId: "p1" })).toEqual({ taskId: "t1", id: "p1" });
    expect(fromV03PushConfigKey({ id: "t1" })).toEqual({ taskId: "t1" });
  });
});
