import { DEFAULT_ORG_ID } from "@berth/protocol";
import { scriptedCard, scriptedConfig } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openHouse, publish, textMessage } from "../gateway.fixture.ts";
import type { House } from "../gateway.fixture.ts";

const HOSTILE = "<img src=x onerror=alert(1)> [a](javascript:alert(1)) `# **\n# heading\n- list";
const PUBLIC = scriptedConfig({ visibility: "public" });
const skill = { name: "S", tags: [] };
let house: House;
let developer: string;
let reader: string;

beforeAll(async () => {
  house = await openHouse();
  const card = { ...scriptedCard(), version: "1.0.0", skills: [{ ...skill, id: "say", description: "Says it." }] };
  const input = (...names: readonly string[]): object => ({
    type: "object",
    properties: Object.fromEntries(names.map((name) => [name, { type: "string", description: HOSTILE }])),
    required: names,
  });
  const schemas = (...names: readonly string[]) => [{ id: "say", inputSchema: { ...input(...names) } }];
  await publish(house.store, "fx", { releaseId: "rel_1", config: PUBLIC, card, skillSchemas: schemas("text") });
  await publish(house.store, "fx", {
    releaseId: "rel_2",
    config: scriptedConfig(),
    skillSchemas: schemas("text", "a|b"),
    card: {
      ...card,
      name: HOSTILE,
      description: HOSTILE,
      version: "1.0.1",
      documentationUrl: "javascript:alert(1)",
      skills: [{ ...skill, id: "tell", description: HOSTILE, examples: ["it's `x`"] }],
    },
  });
  await publish(house.store, "near", {
    config: scriptedConfig({ upstreams: { fx: { url: `https://fx.localhost/base`, headers: {} } } }),
  });
  developer = await house.key("deploy", "invoke");
  reader = await house.key("read");
});
afterAll(async () => await house[Symbol.asyncDispose]());

const get = async (path: string, token = reader) => await house.call(`/v1/agents/fx/${path}`, { token });

test("a release tells what it changed for callers, without an image when it has none", async () => {
  const { json, status } = await get("releases/rel_2/distribution");
  expect(status).toBe(200);
  expect(json).toMatchObject({
    release: "rel_2",
    image: null,
    sbom: null,
    provenance: null,
    card: { version: "1.0.1", digest: expect.stringMatching(/^sha256:/) },
    changes: { class: "breaking", since: { release: "rel_1" }, hint: expect.stringContaining("2.0.0") },
    placements: [{ target: "local", health: "sleeping" }],
    dependents: { agents: [{ name: "near", calls: 0, upstreams: ["fx"] }] },
  });
  const breaking = json.changes.list.filter(({ level }: { level: string }) => level === "breaking");
  expect(breaking.map(({ what }: { what: string }) => what)).toEqual(["visibility", "skill say: id"]);
  expect((await get("releases/rel_2/distribution/sbom")).json.reason).toBe("IMAGE_NOT_FOUND");
  expect((await get("releases/rel_none/distribution")).json.reason).toBe("RELEASE_NOT_FOUND");
});

test("two releases are compared, and the history says what each changed", async () => {
  expect((await get("changes?from=rel_2&to=rel_2")).json).toMatchObject({ class: "none", list: [] });
  expect((await get("changes?from=rel_2&to=rel_1")).json.class).toBe("breaking");
  expect((await get("changes?from=rel_2")).json.violations).toMatchObject([{ field: "to" }]);
  const { json } = await get("history");
  expect(
    json.history.map((each: { release: string; changes: { class: string } }) => [each.release, each.changes.class]),
  ).toEqual([
    ["rel_2", "breaking"],
    ["rel_1", "none"],
  ]);
});

test("the page for callers keeps what an agent says to be text, and nothing on it runs", async () => {
  const { text, headers } = await get("releases/rel_2/distribution/docs");
  expect(headers["content-security-policy"]).toMatch(/default-src 'none'.*form-action 'none'.*sandbox/);
  expect(headers["x-content-type-options"]).toBe("nosniff");
  expect(text).not.toMatch(/<img|<script|href="javascript/);
  expect(text).toContain("&#60;img src=x onerror=alert(1)&#62;");
  expect(text.match(/<h1>/g)).toHaveLength(1);
  const markdown = await get("releases/rel_2/distribution/docs?format=markdown");
  expect(markdown.headers["content-type"]).toBe("text/markdown; charset=utf-8");
  const lines = markdown.text.split("\n");
  expect(lines.filter((line) => line.startsWith("# "))).toHaveLength(1);
  expect(lines.filter((line) => line.startsWith("- list"))).toEqual([]);
  expect(markdown.text.replaceAll(/```[^]*?```|`[^`\n]*`/g, "")).not.toMatch(/(?<!\\)<img|(?<!\\)\]\(javascript/);
  const old = await get("releases/rel_1/distribution/docs?format=markdown");
  expect(old.text).toContain("| `text` | string | yes |");
});

test("an agent's doors are asked as whoever asks, and what they answered stays with the release", async () => {
  const asked = await house.call("/v1/agents/scripted/conformance", { method: "POST", token: developer });
  expect(asked.status).toBe(200);
  const outcomes = (json: typeof asked.json): readonly string[] =>
    json.checks
      .filter(({ outcome }: { outcome: string }) => outcome !== "passed")
      .map(({ id, detail }: { id: string; detail?: string }) => `${id}: ${detail ?? ""}`);
  expect(outcomes(asked.json)).toEqual([]);
  expect(asked.json.checks.length).toBeGreaterThan(18);
  const kept = await house.call("/v1/agents/scripted/releases/rel_scripted/distribution", { token: reader });
  expect(kept.json.conformance.doors).toEqual({ at: expect.any(String), by: expect.stringMatching(/^key_/) });
  const { records } = await house.store.tasks.list({ orgId: DEFAULT_ORG_ID, agentId: "agt_scripted" }, { size: 10 });
  expect(records).toEqual([]);
  const hiddenOnly = await house.key("deploy");
  const other = await house.call("/v1/agents/hidden/conformance", { method: "POST", token: hiddenOnly });
  expect(other.status).toBe(200);
  expect((await house.call("/v1/agents/hidden/conformance", { method: "POST", token: reader })).status).toBe(403);
});

test("callers are counted, and a key for some agents sees no others among them", async () => {
  await house.call("/agents/fx/message:send", {
    token: developer,
    headers: { "a2a-version": "1.0" },
    body: textMessage("x"),
  });
  expect((await get("dependents")).json).toMatchObject({ callers: 1, agents: [{ name: "near" }] });
  const system = { kind: "system", id: "system", orgId: DEFAULT_ORG_ID, scopes: ["admin"] } as const;
  const { secret } = await house.control.auth.createKey(system, { name: "some", scopes: ["read"], agents: ["fx"] });
  expect((await get("dependents", secret)).json.agents).toEqual([]);
});
