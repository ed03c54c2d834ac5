import { expect, test } from "vitest";
import { errorFromJsonRpc, errorFromResponse } from "./error-response.ts";

const none = new Headers();

test("problem details become the error they name", () => {
  const body = JSON.stringify({
    title: "Agent not found",
    detail: "There is no agent x.",
    reason: "AGENT_NOT_FOUND",
    hint: "a2a list shows all.",
    violations: [{ field: "name", description: "is unknown" }],
  });
  expect(errorFromResponse(404, none, body)).toMatchObject({
    reason: "AGENT_NOT_FOUND",
    message: "There is no agent x.",
    hint: "a2a list shows all.",
    violations: [{ field: "name", description: "is unknown" }],
  });
});

test("google.rpc.Status and JSON-RPC errors are read by their ErrorInfo", () => {
  const details = [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "TASK_NOT_FOUND" }];
  const status = { error: { code: 404, status: "NOT_FOUND", message: "No such task.", details } };
  expect(errorFromResponse(404, none, JSON.stringify(status))).toMatchObject({ reason: "TASK_NOT_FOUND" });
  expect(errorFromJsonRpc({ code: -1, message: "No.", data: details })).toMatchObject({ reason: "TASK_NOT_FOUND" });
});

test("without an ErrorInfo the code decides", () => {
  expect(errorFromJsonRpc({ code: -32004, message: "No." })).toMatchObject({ reason: "UNSUPPORTED_OPERATION" });
  expect(errorFromJsonRpc({ code: -32000, message: "No." })).toMatchObject({ reason: "INTERNAL" });
});

test("what a proxy wrote is told by its status, and an unknown reason is not taken over", () => {
  expect(errorFromResponse(503, none, "<html>")).toMatchObject({ reason: "SHUTTING_DOWN", retryable: true });
  expect(errorFromResponse(400, none, '{"reason":"constructor"}')).toMatchObject({ reason: "INVALID_REQUEST" });
});

test("a pending receipt is an error to retry", () => {
  const error = errorFromResponse(202, new Headers({ "retry-after": "1" }), "");
  expect(error).toMatchObject({ reason: "RECEIPT_PENDING", retryable: true, metadata: { retryAfter: "1" } });
});
