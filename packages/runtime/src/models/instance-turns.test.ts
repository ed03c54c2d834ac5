import { expect, it } from "vitest";
import type { AgentConnector, Turn, TurnEvent } from "../agent-connector.ts";
import { fakeSpec } from "../pool/fake-instances.ts";
import { InstanceTurns } from "./instance-turns.ts";

it("knows the turns of an instance from its first event to its end, however it ends", async () => {
  const turns = new InstanceTurns();
  const never = async (): Promise<never> => {
    throw new Error("not part of this test");
  };
  const connector: AgentConnector = {
    async *send(): AsyncGenerator<TurnEvent, void> {
      yield { kind: "instance", instanceId: "ins_1" };
      yield { kind: "egress", decision: { host: "a.test", port: 443, decision: "denied", detail: "" } };
    },
    resume: () => {
      throw new Error("not part of this test");
    },
    steer: never,
    cancel: never,
    readCard: never,
  };
  const watched = turns.watch(connector);
  const turnOf = (taskId: string): Turn => ({
    taskId,
    contextId: "ctx",
    message: { messageId: "m", role: "ROLE_USER", parts: [] },
    principal: { kind: "api_key", id: "key", orgId: "org", scopes: [] },
  });
  const { signal } = new AbortController();
  const one = watched.send(fakeSpec(), turnOf("task_1"), signal)[Symbol.asyncIterator]();
  await one.next();
  expect(turns.on("ins_1")).toEqual(["task_1"]);
  const two = watched.send(fakeSpec(), turnOf("task_2"), signal)[Symbol.asyncIterator]();
  await two.next();
  expect(turns.on("ins_1")).toEqual(["task_1", "task_2"]);
  await two.return?.();
  expect(turns.on("ins_1")).toEqual(["task_1"]);
  while ((await one.next()).done !== true);
  expect(turns.on("ins_1")).toEqual([]);
});
