import { scriptedConfig } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openHouse, publish } from "../gateway.fixture.ts";
import type { House } from "../gateway.fixture.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
  await publish(house.store, "modern", {
    config: scriptedConfig({ visibility: "public", protocolVersions: ["1.0"] }),
  });
});
afterAll(async () => await house[Symbol.asyncDispose]());

test("an agent that is offered in one version refuses the other by every binding, and names its own", async () => {
  const message = { messageId: "m1", role: "user", parts: [{ kind: "text", text: "hi" }] };
  const body = { jsonrpc: "2.0", id: 1, method: "message/send", params: { message } };
  const rpc = await house.call("/agents/modern/", { body });
  expect(rpc.json.error).toMatchObject({ code: -32009, data: [{ metadata: { supportedVersions: "1.0" } }] });
  const rest = await house.call("/agents/modern/v1/tasks/none");
  expect([rest.status, rest.json.code]).toEqual([400, -32009]);
  const ours = await house.call("/agents/modern/tasks/none");
  expect(ours.json.error.details[0].reason).toBe("TASK_NOT_FOUND");
});

test("a version that an agent is not offered in is refused whatever the method, also one of the version it has", async () => {
  for (const method of ["GetTask", "tasks/get", "NoSuchMethod"]) {
    const body = { jsonrpc: "2.0", id: 1, method, params: { id: "none" } };
    const { json } = await house.call("/agents/modern/", { body, headers: { "a2a-version": "0.3" } });
    expect(json.error, method).toMatchObject({ code: -32009, data: [{ metadata: { supportedVersions: "1.0" } }] });
  }
});
