import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { AgentCard, JsonObject } from "../a2a.ts";
import { SKILL_SCHEMAS_EXTENSION } from "../a2a.ts";
import { changeClass } from "./card-change.ts";
import { diffCards } from "./diff-cards.ts";
import { diffSchemas } from "./diff-schemas.ts";
import { semverHint } from "./semver-hint.ts";

const name = fc.constantFrom("a", "b", "c", "constructor", "__proto__");
const leaf = fc.record(
  {
    type: fc.constantFrom("string", "number", "integer", "boolean", ["string", "null"]),
    enum: fc.array(fc.constantFrom("x", "y", "z"), { minLength: 1 }),
    minimum: fc.integer(),
    description: fc.string(),
  },
  { requiredKeys: ["type"] },
);
const { schema } = fc.letrec<{ schema: JsonObject }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3 },
    leaf as fc.Arbitrary<JsonObject>,
    fc.record({
      type: fc.constant("object"),
      properties: fc.dictionary(name, tie("schema")),
      required: fc.array(name),
    }),
    fc.record({ type: fc.constant("array"), items: tie("schema") }),
  ),
}));

const card = (inputSchema: JsonObject, changes: Partial<AgentCard> = {}): AgentCard => ({
  name: "a",
  description: "d",
  version: "1.0.0",
  supportedInterfaces: [
    { url: "http://x/", protocolBinding: "JSONRPC", protocolVersion: "1.0" },
    { url: "http://x/", protocolBinding: "JSONRPC", protocolVersion: "0.3" },
  ],
  capabilities: {
    streaming: true,
    pushNotifications: true,
    extensions: [
      { uri: SKILL_SCHEMAS_EXTENSION, params: { skills: [{ id: "say", inputSchema }] } },
      { uri: "https://x.example/e" },
    ],
  },
  securitySchemes: { bearer: { httpAuthSecurityScheme: { scheme: "bearer" } } },
  defaultInputModes: ["text/plain", "application/json"],
  defaultOutputModes: ["text/plain", "application/json"],
  skills: [{ id: "say", name: "Say", description: "Says it.", tags: [] }],
  ...changes,
});

test("whatever a card is, it does not differ from itself", () => {
  fc.assert(
    fc.property(schema, (any) => {
      const copy = JSON.parse(JSON.stringify(any)) as JsonObject;
      expect(diffSchemas("s", "input", { before: any, after: copy })).toEqual([]);
      expect(diffCards(card(any), card(copy))).toEqual([]);
    }),
  );
});

test("a schema that takes everything never breaks who sends, and always may break who reads", () => {
  fc.assert(
    fc.property(schema, (any) => {
      const breaks = (side: "input" | "output"): string =>
        changeClass(diffSchemas("s", side, { before: any, after: undefined }));
      expect([breaks("input"), breaks("output")]).toEqual(["compatible", "breaking"]);
    }),
  );
});

test("what differs is noticed from both sides, and what is added to one is gone from the other", () => {
  fc.assert(
    fc.property(schema, schema, (one, other) => {
      fc.pre(JSON.stringify(one) !== JSON.stringify(other));
      const there = diffSchemas("s", "input", { before: one, after: other });
      const back = diffSchemas("s", "input", { before: other, after: one });
      expect(there.length > 0).toBe(back.length > 0);
    }),
  );
});

const base: JsonObject = {
  type: "object",
  properties: { text: { type: "string", maxLength: 10 }, how: { enum: ["x", "y"] } },
  required: ["text"],
};
const before = card(base);
const withInput = (changes: JsonObject): AgentCard => card({ ...base, ...changes });
const { capabilities, skills } = before;
const outputs = (outputSchema: JsonObject): AgentCard =>
  card(base, {
    capabilities: { extensions: [{ uri: SKILL_SCHEMAS_EXTENSION, params: { skills: [{ id: "say", outputSchema }] } }] },
  });
const given = outputs(base);

test.each<readonly [string, AgentCard, AgentCard, string]>([
  ["a skill removed", before, card(base, { skills: [] }), "skill say"],
  [
    "a skill renamed",
    before,
    card(base, {
      skills: skills.map((each) => ({ ...each, id: "tell" })),
      capabilities: {
        ...capabilities,
        extensions: [
          { uri: SKILL_SCHEMAS_EXTENSION, params: { skills: [{ id: "tell", inputSchema: base }] } },
          { uri: "https://x.example/e" },
        ],
      },
    }),
    "skill say: id",
  ],
  ["a required input added", before, withInput({ required: ["text", "how"] }), "skill say: input /how"],
  ["an input's values narrowed", before, narrowed({ how: { enum: ["x"] } }), "skill say: input /how values"],
  ["an input's type changed", before, narrowed({ text: { type: "number" } }), "skill say: input /text type"],
  ["an input's bound tightened", before, narrowed({ text: { type: "string", maxLength: 5 } }), "/text maxLength"],
  ["inputs closed", before, withInput({ additionalProperties: false }), "additionalProperties"],
  ["an output removed", given, outputs({ ...base, properties: {}, required: [] }), "skill say: output /text"],
  ["an output that may be missing", given, outputs({ ...base, required: [] }), "skill say: output /text"],
  ["an input mode removed", before, card(base, { defaultInputModes: ["text/plain"] }), "input mode"],
  ["an output mode removed", before, card(base, { defaultOutputModes: ["text/plain"] }), "output mode"],
  ["streaming dropped", before, card(base, { capabilities: { ...capabilities, streaming: false } }), "streaming"],
  ["push dropped", before, card(base, { capabilities: { ...capabilities, pushNotifications: false } }), "pushNot"],
  ["an extension dropped", before, card(base, { capabilities: without("https://x.example/e") }), "extension"],
  ["a scheme dropped", before, card(base, { securitySchemes: {} }), "credential bearer"],
  ["a credential needed", before, card(base, { securityRequirements: [need("bearer")] }), "credential needed"],
  [
    "a protocol version dropped",
    before,
    card(base, { supportedInterfaces: before.supportedInterfaces.slice(0, 1) }),
    "0.3",
  ],
])("%s breaks callers, and the way back does not", (_what, from, to, said) => {
  const changes = diffCards(from, to);
  expect(changes[0]).toMatchObject({ level: "breaking", what: expect.stringContaining(said) });
  expect(changeClass(changes)).toBe("breaking");
  // Another name and another type break whoever goes back, too.
  if (!/: id$| type$/.test(said)) expect(changeClass(diffCards(to, from))).toBe("compatible");
});

test("words alone are cosmetic", () => {
  const said = card({ ...base, title: "T" }, { description: "e", version: "1.0.1" });
  expect(changeClass(diffCards(before, said))).toBe("cosmetic");
});

test.each([
  ["breaking", "1.2.3", "1.3.0", "2.0.0"],
  ["breaking", "1.2.3", "2.0.0", undefined],
  ["breaking", "0.2.3", "0.2.4", "0.3.0"],
  ["compatible", "1.2.3", "1.2.4", "1.3.0"],
  ["compatible", "1.2.3", "1.3.0", undefined],
  ["cosmetic", "1.2.3", "1.2.3", undefined],
  ["breaking", "one", "two", undefined],
] as const)("a %s change from %s to %s calls for %s", (level, from, to, wanted) => {
  const hint = semverHint(level, from, to);
  if (wanted === undefined) expect(hint).toBeUndefined();
  else expect(hint).toContain(`calls for ${wanted}`);
});

function narrowed(properties: JsonObject): AgentCard {
  return withInput({ properties: { ...(base["properties"] as JsonObject), ...properties } });
}

function without(uri: string): AgentCard["capabilities"] {
  return { ...capabilities, extensions: (capabilities.extensions ?? []).filter((each) => each.uri !== uri) };
}

function need(scheme: string): NonNullable<AgentCard["securityRequirements"]>[number] {
  return { schemes: { [scheme]: { list: [] } } };
}
