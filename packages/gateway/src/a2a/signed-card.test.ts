import { createHash } from "node:crypto";
import { verifyAgentCardSignature } from "@a2a-js/sdk";
import { SKILL_SCHEMAS_EXTENSION } from "@berth/protocol";
import type { AgentCard } from "@berth/protocol";
import { scriptedCard, scriptedConfig } from "@berth/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { openHouse, publish } from "../gateway.fixture.ts";
import type { House, Json } from "../gateway.fixture.ts";

/** With everything on which the canonical forms of the specification and of the SDKs differ. */
const AWKWARD: AgentCard = {
  ...scriptedCard(),
  description: "",
  provider: { url: "https://example.com", organization: "" },
  capabilities: {
    extensions: [{ uri: SKILL_SCHEMAS_EXTENSION, required: false, params: { skills: [], empty: {}, no: false } }],
  },
  skills: [{ id: "echo", name: "échø", description: "d", tags: [], examples: [] }],
};

const CARD = "/.well-known/agent-card.json";
const asV1 = { "a2a-version": "1.0" };
let house: House;
beforeAll(async () => {
  house = await openHouse();
  const upstreamCard = `{ "name":"scripted",\n"unknown": 1.50 }`;
  await publish(house.store, "awkward", {
    card: AWKWARD,
    upstreamCard,
    config: scriptedConfig({ visibility: "public" }),
  });
});
afterAll(async () => await house[Symbol.asyncDispose]());
// The SDK's verifier prints every signature that it refuses.
beforeEach(() => void vi.spyOn(console, "debug").mockImplementation(() => undefined));

/** The SDK's verifier on the JSON that was served, with the key that our key set has for the `kid`. */
async function verify(card: Json): Promise<void> {
  const { json: jwks } = await house.call("/.well-known/jwks.json");
  await verifyAgentCardSignature(async (kid) => jwks.keys.find((key: Json) => key.kid === kid))(card);
}

describe("the signature of a card", () => {
  test.each(["scripted", "hidden", "awkward"])(
    "of %s is accepted by the official verifier, in every form",
    async (name) => {
      for (const headers of [asV1, {}]) {
        const { json } = await house.call(`/agents/${name}${CARD}`, { headers });
        await expect(verify(json)).resolves.toBeUndefined();
      }
    },
  );

  test("does not survive any change", async () => {
    const { json } = await house.call(`/agents/hidden${CARD}`, { headers: asV1 });
    const [first, ...others] = json.supportedInterfaces;
    const changes: Json[] = [
      { name: "other" },
      { description: `${json.description} ` },
      { supportedInterfaces: [{ ...first, url: "https://attacker.example.com/" }, ...others] },
      { supportedInterfaces: [...others, first] },
      { securitySchemes: {}, securityRequirements: [] },
      { capabilities: { ...json.capabilities, extendedAgentCard: true } },
      { skills: [] },
      { provider: { organization: "x", url: "https://x.example.com" } },
    ];
    for (const change of changes) {
      await expect(verify({ ...json, ...change }), JSON.stringify(change)).rejects.toThrow("No valid signatures");
    }
    const { json: another } = await house.call(`/agents/scripted${CARD}`, { headers: asV1 });
    await expect(verify({ ...json, signatures: another.signatures })).rejects.toThrow("No valid signatures");
  });

  test("names its key, and where the keys are as a hint", async () => {
    const { json } = await house.call(`/agents/scripted${CARD}`, { headers: asV1 });
    const header = JSON.parse(Buffer.from(json.signatures[0].protected, "base64url").toString());
    const jku = `http://127.0.0.1:${house.port}/agents/scripted/.well-known/jwks.json`;
    expect(header).toEqual({ alg: "EdDSA", typ: "JOSE", kid: expect.stringMatching(/^card:/), jku });
    const there = await house.call(new URL(jku).pathname);
    expect(there.headers["content-type"]).toBe("application/jwk-set+json");
    expect(there.json).toEqual((await house.call("/.well-known/jwks.json")).json);
    expect(there.json.keys.map(({ kid }: Json) => kid.split(":")[0])).toEqual(["card", "webhook", "txn", "approval"]);
    expect(new Set(there.json.keys.map(({ x }: Json) => x)).size).toBe(4);
    expect(JSON.stringify(there.json)).not.toContain(`"d"`);
  });

  test("is made once: the card and its ETag stay the same until something changes", async () => {
    const one = await house.call(`/agents/scripted${CARD}`);
    expect((await house.call(`/agents/scripted${CARD}`)).headers.etag).toBe(one.headers.etag);
    const elsewhere = await house.call(CARD, { headers: { host: `scripted.localhost:${house.port}` } });
    expect(elsewhere.headers.etag).not.toBe(one.headers.etag);
  });

  test("is left out of a card that has no canonical form", async () => {
    await publish(house.store, "broken", { card: { ...scriptedCard(), description: "half \ud800" } });
    const { status, json } = await house.call(`/agents/broken${CARD}`, { headers: asV1 });
    expect([status, json.signatures]).toEqual([200, undefined]);
  });
});

describe("a rotation of the key", () => {
  const rotate = async (body: Json, token = house.admin) =>
    await house.call("/v1/card-keys/rotate", { method: "POST", body, token });
  const kidOf = (card: Json): string =>
    JSON.parse(Buffer.from(card.signatures[0].protected, "base64url").toString()).kid;
  const served = async (): Promise<Json> => (await house.call(`/agents/scripted${CARD}`, { headers: asV1 })).json;

  test("signs cards by the new key at once, and what the old one signed still verifies", async () => {
    const before = await served();
    const { status, json } = await rotate({});
    expect(status).toBe(200);
    const now = await served();
    expect(kidOf(now)).not.toBe(kidOf(before));
    expect(json.keys.slice(0, 2)).toEqual([
      { kid: kidOf(now) },
      { kid: kidOf(before), retiredAt: expect.any(String), publishedUntil: expect.any(String) },
    ]);
    expect((await house.call("/v1/card-keys", { token: house.admin })).json).toEqual(json);
    for (const card of [before, now]) await expect(verify(card)).resolves.toBeUndefined();
  });

  test("of a compromised key takes its signatures with it", async () => {
    const before = await served();
    await rotate({ compromised: true });
    await expect(verify(before)).rejects.toThrow("No valid signatures");
    await expect(verify(await served())).resolves.toBeUndefined();
  });

  test("is for administrators, and says what it does not understand", async () => {
    expect((await rotate({}, await house.key("deploy", "read"))).status).toBe(403);
    expect((await house.call("/v1/card-keys", { token: await house.key("read") })).status).toBe(403);
    expect((await rotate({ compromised: "yes" })).json).toMatchObject({ reason: "INVALID_PARAMS" });
  });
});

describe("GET /v1/agents/{name}/card", () => {
  const read = async (form: string, token?: string) =>
    await house.call(`/v1/agents/awkward/card?form=${form}`, token === undefined ? {} : { token });

  test("has each form", async () => {
    const published = await house.call(`/agents/awkward${CARD}`, { headers: asV1 });
    expect((await house.call("/v1/agents/awkward/card")).text).toBe(published.text);
    expect((await read("1.0")).text).toBe(published.text);
    expect((await read("hybrid")).text).toBe((await house.call(`/agents/awkward${CARD}`)).text);
    const old = (await read("0.3")).json;
    expect(old).toMatchObject({ protocolVersion: "0.3.0", preferredTransport: "JSONRPC" });
    expect(old).not.toHaveProperty("supportedInterfaces");
    expect((await read("2.0")).json.reason).toBe("INVALID_PARAMS");
  });

  test("has the card to the letter as the agent gave it, whose digest is in the agent's record", async () => {
    const { text } = await read("upstream", house.admin);
    expect(text).toBe(`{ "name":"scripted",\n"unknown": 1.50 }`);
    const { json } = await house.call("/v1/agents/awkward");
    expect(json.upstreamDigest).toBe(`sha256:${createHash("sha256").update(text).digest("hex")}`);
    expect((await read("upstream")).status).toBe(401);
  });

  test("says so when a release was made before it was kept", async () => {
    const { json } = await house.call("/v1/agents/scripted/card?form=upstream", { token: house.admin });
    expect(json.reason).toBe("RELEASE_NOT_FOUND");
    expect((await house.call("/v1/agents/scripted")).json).not.toHaveProperty("upstreamDigest");
  });
});
