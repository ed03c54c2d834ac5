import { expect, test } from "vitest";
import { validateCard } from "./validate-card.ts";

const GOOD = {
  name: "a",
  description: "d",
  version: "1",
  provider: { organization: "o", url: "https://o.example" },
  supportedInterfaces: [{ url: "https://x/", protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
  capabilities: {},
  defaultInputModes: ["text/plain"],
  defaultOutputModes: ["application/json"],
  skills: [{ id: "s", name: "s", description: "d", tags: [] }],
  signatures: [],
};

test("a card by the book has no errors", () => {
  expect(validateCard(GOOD).filter(({ level }) => level === "error")).toEqual([]);
});

test("tells each thing that is missing, and where", () => {
  const bad = {
    ...GOOD,
    name: "",
    supportedInterfaces: [{ url: "http://far.example/", protocolBinding: "SMOKE" }],
    defaultInputModes: ["text"],
    skills: [{ id: "s", name: "s", description: "d", tags: [] }, { id: "s" }],
  };
  expect(validateCard(bad).map(({ level, at }) => `${level} ${at}`)).toEqual([
    "error name",
    "warning supportedInterfaces[0].protocolBinding",
    "error supportedInterfaces[0].protocolVersion",
    "warning supportedInterfaces[0].url",
    "error defaultInputModes[0]",
    "error skills[1].name",
    "error skills[1].description",
    "error skills[1].tags",
    "error skills[1].id",
    "warning skills",
  ]);
});

test("takes anything and says a bounded number of things", () => {
  for (const card of [null, 1, "x", [], { skills: 3, capabilities: [] }])
    expect(validateCard(card).length).toBeGreaterThan(0);
  expect(validateCard({ skills: Array.from({ length: 1_000 }, () => ({})) })).toHaveLength(40);
});
