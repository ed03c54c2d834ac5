import { Role, SKILL_CALL_METADATA } from "@berth/protocol";
import type { JsonObject, SendMessageRequest } from "@berth/protocol";
import { expect, test } from "vitest";
import type { AgentOptions } from "../define-agent.ts";
import { skill } from "../skill.ts";
import { selectSkill } from "./select-skill.ts";

const one = skill({ description: "one", run: () => 1 });
const agent = (options: Partial<AgentOptions>): AgentOptions => ({
  name: "a",
  version: "1",
  description: "d",
  ...options,
});
const request = (metadata?: JsonObject): SendMessageRequest => ({
  message: { messageId: "1", role: Role.User, parts: [{ text: "x" }], ...(metadata === undefined ? {} : { metadata }) },
});

test("the skill call in the metadata comes first and carries the input", () => {
  const call = { [SKILL_CALL_METADATA]: { skill: "one", input: { a: 1 } }, skillId: "two" };
  const selection = selectSkill(agent({ skills: { one, two: one } }), request(call));
  expect(selection).toMatchObject({ kind: "skill", id: "one", input: { a: 1 } });
});

test.each(["skillId", "skill"])("`%s` in the metadata names a skill", (key) => {
  const selection = selectSkill(
    agent({ skills: { one, two: one }, onMessage: () => undefined }),
    request({ [key]: "two" }),
  );
  expect(selection).toMatchObject({ kind: "skill", id: "two" });
});

test("without a name onMessage takes the message, else the only skill", () => {
  expect(selectSkill(agent({ skills: { one }, onMessage: () => undefined }), request())).toEqual({ kind: "message" });
  expect(selectSkill(agent({ skills: { one } }), request())).toMatchObject({ kind: "skill", id: "one" });
});

test.each([
  ["several skills and no name", undefined, "Name the skill"],
  ["an unknown name", { skillId: "three" }, 'no skill "three"'],
  ["a name every object has", { skillId: "constructor" }, 'no skill "constructor"'],
])("%s is a problem that lists the skills", (_name, metadata, problem) => {
  const selection = selectSkill(agent({ skills: { one, two: one } }), request(metadata));
  expect(selection).toMatchObject({ kind: "none", problem: expect.stringContaining(problem) as string });
  expect(selection).toMatchObject({ problem: expect.stringContaining("one, two") as string });
});
