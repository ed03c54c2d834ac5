import {
  LOG_METADATA,
  PRINCIPAL_METADATA,
  QUESTION_METADATA,
  RUN_METADATA,
  SCOPE_REQUEST_METADATA,
  SKILL_CALL_METADATA,
  SKILL_SCHEMAS_EXTENSION,
} from "@berth/protocol";
import { expect, it } from "vitest";
import { METADATA, SKILL_SCHEMAS } from "./wire-names.ts";

it("the host's copy of the names says what the protocol says", () => {
  expect(METADATA).toEqual({
    principal: PRINCIPAL_METADATA,
    run: RUN_METADATA,
    skillCall: SKILL_CALL_METADATA,
    scopeRequest: SCOPE_REQUEST_METADATA,
    question: QUESTION_METADATA,
    log: LOG_METADATA,
    progress: "https://berth.dev/extensions/progress/v1",
  });
  expect(SKILL_SCHEMAS).toBe(SKILL_SCHEMAS_EXTENSION);
});
