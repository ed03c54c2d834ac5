import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPlatformError } from "../errors.ts";
import * as v03 from "../wire/v0_3/index.ts";
import * as v1 from "./index.ts";

const PARSERS: readonly (readonly [string, (value: unknown) => unknown])[] = [
  ["parseSendMessageRequest", v1.parseSendMessageRequest],
  ["parseGetTaskRequest", v1.parseGetTaskRequest],
  ["parseListTasksRequest", v1.parseListTasksRequest],
  ["parseCancelTaskRequest", v1.parseCancelTaskRequest],
  ["parseSubscribeToTaskRequest", v1.parseSubscribeToTaskRequest],
  ["parseTaskPushNotificationConfig", v1.parseTaskPushNotificationConfig],
  ["parseMessage", v1.parseMessage],
  ["parseTask", v1.parseTask],
  ["parseStreamResponse", v1.parseStreamResponse],
  ["parseSendMessageResponse", v1.parseSendMessageResponse],
  ["parseAgentCard", v1.parseAgentCard],
  ["fromV03SendParams", v03.fromV03SendParams],
  ["fromV03RestSend", v03.fromV03RestSend],
  ["fromV03Task", v03.fromV03Task],
  ["fromV03StreamEvent", v03.fromV03StreamEvent],
  ["fromV03TaskPushConfig", v03.fromV03TaskPushConfig],
  ["fromV03RestPushConfig", (value) => v03.fromV03RestPushConfig("t", value)],
  ["fromV03Card", v03.fromV03Card],
];

const FIELDS = [
  "id",
  "message",
  "messageId",
  "message_id",
  "role",
  "parts",
  "content",
  "kind",
  "text",
  "raw",
  "data",
  "file",
  "url",
  "status",
  "state",
  "taskId",
  "task",
  "configuration",
  "historyLength",
  "metadata",
  "securitySchemes",
  "security",
  "flows",
  "type",
  "skills",
  "supportedInterfaces",
  "capabilities",
  "__proto__",
  "constructor",
  "toString",
];

/** JSON whose keys are ours, so that it gets past the first check and fails somewhere deep. */
const almostRight = fc.letrec<{ readonly value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<unknown>(
      null,
      true,
      0,
      -1,
      1e308,
      "",
      "hi",
      "ROLE_USER",
      "user",
      "TASK_STATE_WORKING",
      "text",
      "oauth2",
    ),
    fc.array(tie("value"), { maxLength: 3 }),
    fc
      .array(fc.tuple(fc.constantFrom(...FIELDS), tie("value")), { maxLength: 8 })
      .map((entries): unknown =>
        JSON.parse(`{${entries.map(([key, value]) => `"${key}":${JSON.stringify(value)}`).join(",")}}`),
      ),
  ),
})).value;

describe.each(PARSERS)("%s", (_, parse) => {
  it("answers any JSON with a value or with violations, and leaves it as it was", () => {
    fc.assert(
      fc.property(fc.oneof(almostRight, fc.jsonValue()), (value) => {
        const before = JSON.stringify(value);
        try {
          parse(value);
        } catch (error) {
          if (!isPlatformError(error)) throw error;
          expect(error.reason).toBe("INVALID_PARAMS");
          expect(error.violations.length).toBeGreaterThan(0);
        }
        expect(JSON.stringify(value)).toBe(before);
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

it("passes metadata through whatever its depth, without walking it", () => {
  let metadata: unknown = {};
  for (let depth = 0; depth < 50_000; depth++) metadata = { metadata };
  const message = { messageId: "m", role: "ROLE_USER", parts: [{ data: metadata }], metadata };
  expect(v1.parseMessage(message).metadata).toBe(metadata);
});
