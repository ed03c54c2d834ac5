import { expect, test } from "vitest";
import { skill } from "../skill.ts";
import { buildCard } from "./card.ts";

const about = { name: "a", version: "1", description: "d" };

test("a card declares its skills' schemas and whatever else the author does", () => {
  const prompts = { uri: "https://berth.dev/extensions/prompts/v1", params: { prompts: [] } };
  const skills = { say: skill({ description: "Says it.", run: () => "x" }) };
  const uris = (extensions: object): unknown[] =>
    buildCard({ ...about, ...extensions }, "http://localhost/").capabilities.extensions?.map(({ uri }) => uri) ?? [];
  expect(uris({ skills })).toEqual(["https://berth.dev/extensions/skill-schemas/v1"]);
  expect(uris({ skills, extensions: [prompts] })).toEqual([
    "https://berth.dev/extensions/skill-schemas/v1",
    prompts.uri,
  ]);
  expect(uris({ onMessage: () => "x", extensions: [prompts] })).toEqual([prompts.uri]);
  expect(uris({ onMessage: () => "x" })).toEqual([]);
});
