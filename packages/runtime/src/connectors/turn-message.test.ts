import { PRINCIPAL_METADATA } from "@berth/protocol";
import { expect, test } from "vitest";
import type { Turn } from "../agent-connector.ts";
import { turnRequest } from "./turn-message.ts";

const turn: Turn = {
  taskId: "task_ours",
  contextId: "ctx_ours",
  message: {
    messageId: "msg_1",
    taskId: "task_ours",
    role: "ROLE_USER",
    parts: [{ text: "hi" }],
    metadata: { mine: 1, [PRINCIPAL_METADATA]: { id: "forged" } },
  },
  principal: { kind: "user", id: "usr_1", orgId: "org_default", scopes: ["invoke"], name: "Ada" },
};

test("a first turn carries our context, no task id, and the verified caller in place of a forged one", () => {
  expect(turnRequest(turn)).toEqual({
    message: {
      messageId: "msg_1",
      contextId: "ctx_ours",
      role: "ROLE_USER",
      parts: [{ text: "hi" }],
      metadata: {
        mine: 1,
        [PRINCIPAL_METADATA]: { kind: "user", id: "usr_1", orgId: "org_default", scopes: ["invoke"] },
      },
    },
  });
});

test("a later turn carries the agent's own ids", () => {
  const { message, configuration, metadata } = turnRequest({
    ...turn,
    upstream: { taskId: "t9", contextId: "c9" },
    acceptedOutputModes: ["text/plain"],
    metadata: { a: 1 },
  });
  expect(message).toMatchObject({ taskId: "t9", contextId: "c9" });
  expect(configuration).toEqual({ acceptedOutputModes: ["text/plain"] });
  expect(metadata).toEqual({ a: 1 });
});
