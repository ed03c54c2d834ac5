import { expect, it } from "vitest";
import { allowsModel } from "./agent-models.ts";
import { parseAgentConfig } from "./parse-agent-config.ts";

it("a list of models is what an agent may use, and nothing of it is recorded", () => {
  expect(parseAgentConfig({ models: ["openai/*", "fast"] }).models).toEqual({
    allow: ["openai/*", "fast"],
    record: false,
  });
  expect(parseAgentConfig({ models: { allow: ["fast"], record: true } }).models).toEqual({
    allow: ["fast"],
    record: true,
  });
  expect(parseAgentConfig({}).models).toBeUndefined();
});

it.each([
  ["a number", 1, "models"],
  ["a model with a space", ["open ai/x"], "models[0]"],
  ["more stars than can be compared cheaply", ["*a*b*c*d*"], "models[0]"],
  ["an unknown key", { alow: [] }, "models"],
])("refuses %s", (_what, models, field) => {
  try {
    parseAgentConfig({ models });
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ reason: "CONFIG_INVALID" });
    expect(JSON.stringify(error)).toContain(field);
  }
});

it("a star is any number of characters, also a slash; everything else is itself", () => {
  expect(allowsModel(["openai/*"], "openai/gpt-5")).toBe(true);
  expect(allowsModel(["ollama/*"], "ollama/hf.co/a/b")).toBe(true);
  expect(allowsModel(["openai/gpt-4.1"], "openai/gpt-4x1")).toBe(false);
  expect(allowsModel(["openai/*"], "openai2/gpt")).toBe(false);
  expect(allowsModel(["fast"], "fast")).toBe(true);
  expect(allowsModel([], "openai/gpt-5")).toBe(false);
});
