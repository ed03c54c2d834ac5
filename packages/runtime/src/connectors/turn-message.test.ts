import { PRINCIPAL_METADATA, RUN_METADATA } from "@berth/protocol";
import { TRACE_METADATA } from "@berth/telemetry";
import { expect, test } from "vitest";
import type { Turn } from "../agent-connector.ts";
import { foreignTurnRequest, turnRequest, withTrace } from "./turn-message.ts";

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

test("a turn tells the agent of ours through whom the caller came, and what the run may do; nobody else", () => {
  const credentials = { runId: "task_ours", principalToken: "a.b.c" };
  const metadata = { mine: 1, [RUN_METADATA]: { runId: "forged" } };
  const principal = { ...turn.principal, actors: ["spiffe://x/org/o/agent/a"] };
  const given: Turn = { ...turn, message: { ...turn.message, metadata }, principal, credentials };
  expect(turnRequest(given).message.metadata).toEqual({
    mine: 1,
    [PRINCIPAL_METADATA]: expect.objectContaining({ actors: ["spiffe://x/org/o/agent/a"] }),
    [RUN_METADATA]: credentials,
  });
  expect(foreignTurnRequest(given).message.metadata).toEqual({ mine: 1 });
  const { credentials: _none, ...without } = given;
  expect(turnRequest(without).message.metadata).not.toHaveProperty([RUN_METADATA]);
});

test.each([turnRequest, foreignTurnRequest])(
  "every agent gets the trace of the exchange in place of the caller's",
  (toRequest) => {
    const trace = { traceparent: `00-${"1".repeat(32)}-${"2".repeat(16)}-01` };
    const metadata = { mine: 1, [TRACE_METADATA]: { traceparent: "the caller's", baggage: "who=stranger" } };
    const traced = { ...turn, message: { ...turn.message, metadata }, trace };
    expect(toRequest(traced).message.metadata?.[TRACE_METADATA]).toEqual(trace);
    const request = { method: "POST", path: "/", headers: { accept: "text/event-stream" } } as const;
    expect(withTrace(request, traced).headers).toEqual({ accept: "text/event-stream", ...trace });
    expect(withTrace(request, turn)).toBe(request);
    const untraced = { ...turn, message: { ...turn.message, metadata } };
    expect(toRequest(untraced).message.metadata).not.toHaveProperty(TRACE_METADATA);
  },
);
