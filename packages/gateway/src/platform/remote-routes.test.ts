import { afterEach, describe, expect, it } from "vitest";
import { openHouse } from "../gateway.fixture.ts";
import type { House, HouseOptions } from "../gateway.fixture.ts";

let house: House | undefined;
afterEach(async () => {
  await house?.[Symbol.asyncDispose]();
  house = undefined;
});

const CARD = {
  name: "Weather",
  description: "Tells it.",
  version: "1",
  supportedInterfaces: [{ url: "https://w.example/rpc", protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
  capabilities: {},
  defaultInputModes: ["text/plain"],
  defaultOutputModes: ["text/plain"],
  skills: [{ id: "forecast", name: "Forecast", description: "Of tomorrow", tags: [] }],
};

type Outbound = NonNullable<HouseOptions["outbound"]>;

/** Serves what `card` holds at the time. */
async function openWith(card: { current: object }): Promise<House> {
  const outbound: Outbound = {
    assertUrl: async (url) => new URL(url),
    request: async () => ({
      status: 200,
      headers: {},
      body: Buffer.from(JSON.stringify(card.current)),
      truncated: false,
    }),
    stream: async () => {
      throw new Error("nothing is streamed here");
    },
    tunnel: async () => {
      throw new Error("nothing is streamed here");
    },
    exchange: async () => {
      throw new Error("nothing is streamed here");
    },
    isExempt: () => false,
    secured: () => {
      throw new Error("nothing is reachable from here");
    },
  };
  house = await openHouse({ outbound });
  return house;
}

describe("agents elsewhere", () => {
  it("are imported, shown to those who belong here with where they run, and to others without", async () => {
    const { call, key } = await openWith({ current: CARD });
    const deploy = await key("deploy");
    const body = { url: "https://w.example", visibility: "public", credential: "s3cret" };
    const { status, json, headers, text } = await call("/v1/agents/import", { method: "POST", token: deploy, body });
    expect([status, headers["location"]]).toEqual([201, "/v1/agents/weather"]);
    expect(json).toMatchObject({
      name: "weather",
      kind: "remote",
      state: "remote",
      instances: [],
      remote: {
        cardUrl: "https://w.example/.well-known/agent-card.json",
        interface: { url: "https://w.example/rpc", protocolBinding: "JSONRPC", protocolVersion: "1.0" },
        cardDigest: expect.stringMatching(/^sha256:/),
        credential: "authorization",
        checkedAt: expect.any(String),
      },
    });
    expect(text).not.toContain("s3cret");
    const seen = (await call("/v1/agents/weather")).json;
    expect(seen).toMatchObject({ kind: "remote", skills: [{ id: "forecast" }] });
    expect(seen.remote).toBeUndefined();
    const card = (await call("/agents/weather/.well-known/agent-card.json")).json;
    expect(JSON.stringify(card.supportedInterfaces)).not.toContain("w.example");
  });

  it("show a changed card as drift, which is adopted by its digest", async () => {
    const card = { current: CARD };
    const { call, key } = await openWith(card);
    const token = await key("deploy");
    const post = { method: "POST", token };
    await call("/v1/agents/import", { ...post, body: { url: "https://w.example" } });
    card.current = { ...CARD, skills: [] };
    const { json } = await call("/v1/agents/weather/refresh", post);
    expect(json).toMatchObject({ state: "drifted", remote: { drift: { skillsRemoved: ["forecast"] } } });
    const { newDigest } = json.remote.drift;
    const wrong = await call("/v1/agents/weather/accept-card", { ...post, body: { digest: "sha256:00" } });
    expect([wrong.status, wrong.json.violations[0].field]).toEqual([400, "digest"]);
    const other = await call("/v1/agents/weather/accept-card", {
      ...post,
      body: { digest: `sha256:${"0".repeat(64)}` },
    });
    expect([other.status, other.json.reason]).toEqual([409, "STORE_CONFLICT"]);
    const accepted = await call("/v1/agents/weather/accept-card", { ...post, body: { digest: newDigest } });
    expect(accepted.json).toMatchObject({ state: "remote", skills: [], remote: { cardDigest: newDigest } });
  });

  it("need the deploy scope, and a request that fits", async () => {
    const { call, key } = await openWith({ current: CARD });
    const invoke = await key("invoke");
    for (const path of ["/v1/agents/import", "/v1/agents/x/refresh", "/v1/agents/x/accept-card"]) {
      expect((await call(path, { method: "POST", body: { url: "https://w.example" } })).status, path).toBe(401);
      const forbidden = await call(path, { method: "POST", token: invoke, body: { url: "https://w.example" } });
      expect(forbidden.status, path).toBe(403);
    }
    const token = await key("deploy");
    const body = { url: 1, name: "", visibility: "some", credential: {} };
    const { status, json } = await call("/v1/agents/import", { method: "POST", token, body });
    expect(status).toBe(400);
    expect(json.violations.map(({ field }: { field: string }) => field)).toEqual([
      "url",
      "name",
      "visibility",
      "credential",
    ]);
    expect((await call("/v1/agents/scripted/refresh", { method: "POST", token })).json.reason).toBe(
      "UNSUPPORTED_OPERATION",
    );
  });
});
