import { SKILL_SCHEMAS_EXTENSION } from "../a2a.ts";
import { expect, test } from "vitest";
import type { AgentCard } from "../a2a.ts";
import { diffCards } from "./diff-cards.ts";

function card(changes: Partial<AgentCard> = {}, schemas: readonly object[] = []): AgentCard {
  return {
    name: "a",
    description: "d",
    version: "1",
    supportedInterfaces: [{ url: "http://x/", protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
    capabilities: {
      streaming: true,
      extensions: [{ uri: SKILL_SCHEMAS_EXTENSION, params: { skills: schemas as never } }],
    },
    defaultInputModes: ["text/plain"],
    defaultOutputModes: ["text/plain"],
    skills: [{ id: "say", name: "say", description: "Says.", tags: [] }],
    ...changes,
  };
}

function input(inputSchema: object): AgentCard {
  return card({}, [{ id: "say", inputSchema }]);
}

const lines = (before: AgentCard, after: AgentCard): readonly string[] =>
  diffCards(before, after).map(({ kind, what, breaks }) => `${breaks === undefined ? "" : "! "}${kind} ${what}`);

test("two equal cards differ in nothing", () => {
  expect(diffCards(card(), card())).toEqual([]);
});

test("what callers lose breaks, what they gain does not, and what breaks comes first", () => {
  const after = card({
    version: "2",
    capabilities: { streaming: false },
    supportedInterfaces: [{ url: "http://x/", protocolBinding: "GRPC", protocolVersion: "1.0" }],
    skills: [{ id: "sing", name: "sing", description: "", tags: [] }],
    securityRequirements: [{ schemes: { bearer: { list: [] } } }],
  });
  expect(lines(card(), after)).toEqual([
    "! removed interface JSONRPC 1.0",
    "! removed streaming",
    "! added credential needed",
    "! removed skill say",
    "added interface GRPC 1.0",
    "added skill sing",
    "changed version",
  ]);
});

test("an input that asks for more breaks, one that asks for less does not", () => {
  const a = input({ type: "object", properties: { n: { type: "number", maximum: 9 }, how: { enum: ["x", "y"] } } });
  const b = input({
    type: "object",
    required: ["n", "more"],
    properties: { n: { type: "number", maximum: 5 }, how: { enum: ["x"] }, more: { type: "string" } },
  });
  expect(lines(a, b)).toEqual([
    "! changed skill say: input /n",
    "! changed skill say: input /n maximum",
    "! changed skill say: input /how values",
    "! added skill say: input /more",
  ]);
  expect(lines(b, a).filter((line) => line.startsWith("!"))).toEqual([]);
});

test("another type is said once, and a bottomless schema ends", () => {
  expect(lines(input({ type: "string" }), input({ type: "number" }))).toEqual(["! changed skill say: input type"]);
  const deep = (n: number, leaf: object): object =>
    n === 0 ? leaf : { type: "object", properties: { a: deep(n - 1, leaf) } };
  expect(lines(input(deep(50, { type: "string" })), input(deep(50, { type: "number" })))).toHaveLength(1);
});

test("an output that gives less breaks", () => {
  const output = (properties: object) => card({}, [{ id: "say", outputSchema: { type: "object", properties } }]);
  expect(lines(output({ a: {}, b: {} }), output({ a: {}, c: {} }))).toEqual([
    "! removed skill say: output /b",
    "added skill say: output /c",
  ]);
});
