import { parseAgentCard } from "@berth/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHouse } from "../gateway.fixture.ts";
import type { House } from "../gateway.fixture.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(async () => await house[Symbol.asyncDispose]());

const CARD = "/.well-known/agent-card.json";
const asV1 = { "a2a-version": "1.0" };

describe("an agent's card", () => {
  test("of version 1.0 is exactly that, with this gateway's addresses in order of preference", async () => {
    const { json } = await house.call(`/agents/scripted${CARD}`, { headers: asV1 });
    expect(json).not.toHaveProperty("url");
    expect(() => parseAgentCard(json)).not.toThrow();
    const base = `http://127.0.0.1:${house.port}/agents/scripted`;
    expect(json.supportedInterfaces).toEqual([
      { url: `${base}/`, protocolBinding: "JSONRPC", protocolVersion: "1.0" },
      { url: base, protocolBinding: "HTTP+JSON", protocolVersion: "1.0" },
      { url: `${base}/`, protocolBinding: "JSONRPC", protocolVersion: "0.3" },
      { url: base, protocolBinding: "HTTP+JSON", protocolVersion: "0.3" },
    ]);
    expect(json.capabilities).toMatchObject({ streaming: true, pushNotifications: false, extendedAgentCard: false });
  });

  test("without a version, or of 0.3, is both at once", async () => {
    for (const headers of [{}, { "a2a-version": "0.3" }, { "a2a-version": "0.3.0" }]) {
      const { json } = await house.call(`/agents/scripted${CARD}`, { headers });
      expect(json).toMatchObject({
        url: `http://127.0.0.1:${house.port}/agents/scripted/`,
        preferredTransport: "JSONRPC",
      });
      expect(json.protocolVersion).toMatch(/^0\.3/);
      expect(json.supportedInterfaces).toHaveLength(4);
    }
    expect((await house.call("/agents/scripted/.well-known/agent.json")).json.protocolVersion).toMatch(/^0\.3/);
  });

  test("stands on the agent's own host under that host's addresses", async () => {
    const host = `scripted.localhost:${house.port}`;
    const { json } = await house.call(CARD, { headers: { host, ...asV1 } });
    expect(json.supportedInterfaces[0].url).toBe(`http://${host}/`);
    expect(json.supportedInterfaces[1].url).toBe(`http://${host}`);
    const sent = await house.call("/message:send", {
      headers: { host },
      body: { message: { messageId: "m", role: "ROLE_USER", parts: [{ text: "x" }] } },
    });
    expect(sent.json.task.artifacts[0].parts).toEqual([{ text: "x" }]);
  });

  test("can be kept: ETag per version, Vary, Last-Modified, 304", async () => {
    const path = `/agents/scripted${CARD}`;
    const one = await house.call(path, { headers: asV1 });
    const hybrid = await house.call(path);
    expect(one.headers.vary).toBe("A2A-Version");
    expect(one.headers["cache-control"]).toContain("max-age");
    expect(one.headers.etag).not.toBe(hybrid.headers.etag);
    const known = String(one.headers.etag);
    for (const etag of [known, `"x", W/${known}`, "*"]) {
      const again = await house.call(path, { headers: { ...asV1, "if-none-match": etag } });
      expect([again.status, again.text, again.headers.etag]).toEqual([304, "", known]);
    }
    expect((await house.call(path, { headers: { ...asV1, "if-none-match": '"x"' } })).status).toBe(200);
    const since = String(one.headers["last-modified"]);
    expect((await house.call(path, { headers: { "if-modified-since": since } })).status).toBe(304);
    const head = await house.call(path, { method: "HEAD", headers: asV1 });
    expect([head.status, head.text, head.headers["content-length"]]).toEqual([200, "", one.headers["content-length"]]);
  });

  test("of a private agent can be read by everybody and says which credential calls need", async () => {
    const { json } = await house.call(`/agents/hidden${CARD}`, { headers: asV1 });
    expect(json.securitySchemes).toHaveProperty("bearer.httpAuthSecurityScheme.scheme", "Bearer");
    expect(json.securityRequirements).toEqual([
      { schemes: { bearer: { list: [] } } },
      { schemes: { apiKey: { list: [] } } },
    ]);
    expect(() => parseAgentCard(json)).not.toThrow();
    const open = await house.call(`/agents/scripted${CARD}`, { headers: asV1 });
    expect(open.json).not.toHaveProperty("securitySchemes");
    expect((await house.call(`/agents/nobody${CARD}`)).json.reason).toBe("AGENT_NOT_FOUND");
    expect(house.connector.turns.filter(({ message }) => message.messageId !== "m")).toEqual([]);
  });
});
