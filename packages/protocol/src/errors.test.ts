import { expect, it } from "vitest";
import { PlatformError, REASONS, invalidParams, isPlatformError } from "./errors.ts";

it("takes its status from its reason, and is worth retrying when that is UNAVAILABLE", () => {
  expect(new PlatformError("TASK_NOT_FOUND", "No such task.")).toMatchObject({ status: "NOT_FOUND", retryable: false });
  expect(new PlatformError("AGENT_CRASHED", "It fell.")).toMatchObject({ status: "UNAVAILABLE", retryable: true });
  expect(new PlatformError("AGENT_CRASHED", "It fell.", { retryable: false }).retryable).toBe(false);
});

it("names the first violation and counts the others", () => {
  const error = invalidParams([
    { field: "message.parts", description: "must not be empty" },
    { field: "metadata", description: "must be a JSON object" },
  ]);
  expect(error.message).toBe("message.parts: must not be empty (and 1 more)");
  expect(error.reason).toBe("INVALID_PARAMS");
  expect(invalidParams([]).message).toBe("The request is not valid.");
});

it("keeps the cause, and is told from a bug", () => {
  const cause = new Error("deep");
  expect(new PlatformError("INTERNAL", "x", { cause }).cause).toBe(cause);
  expect(isPlatformError(cause)).toBe(false);
  expect(Object.keys(REASONS)).toContain("INTERNAL");
});
