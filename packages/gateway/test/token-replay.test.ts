import { DEFAULT_ORG_ID } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import { createOutboundHttp } from "@berth/runtime";
import { scriptedConfig } from "@berth/testing";
import { status } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHouse, publish } from "../src/gateway.fixture.ts";
import type { House } from "../src/gateway.fixture.ts";
import { GrpcClient } from "../src/grpc/grpc.fixture.ts";
import { openLocalIssuer } from "./local-issuer.fixture.ts";
import type { LocalIssuer } from "./local-issuer.fixture.ts";

// Whoever has caught a token of a single-use issuer shows it once more, at the same door or at another.

const SYSTEM: Principal = { kind: "system", id: "system", orgId: DEFAULT_ORG_ID, scopes: ["admin"] };
const v1 = { "a2a-version": "1.0" };
const message = (): object => ({ messageId: crypto.randomUUID(), role: "ROLE_USER", parts: [{ text: "hi" }] });

let house: House;
let issuer: LocalIssuer;
let grpc: GrpcClient;

beforeAll(async () => {
  issuer = await openLocalIssuer();
  house = await openHouse({ outbound: createOutboundHttp({ allowHosts: [issuer.address] }) });
  grpc = await GrpcClient.open(house);
  await publish(house.store, "replay", { config: scriptedConfig({ auth: { schemes: ["openIdConnect"] } }) });
  const bindings = [{ subject: "ada", role: "invoker" }] as const;
  await house.control.identity.issuers.add(SYSTEM, { issuer: issuer.issuer, bindings, singleUse: true });
});

afterAll(async () => {
  grpc[Symbol.dispose]();
  await house[Symbol.asyncDispose]();
  await issuer[Symbol.asyncDispose]();
});

const aud = (): string => `http://127.0.0.1:${house.port}`;
const fresh = (): string => issuer.token({ aud: aud(), jti: crypto.randomUUID() });
const posted = async (path: string, token: string, body: unknown): Promise<number> =>
  (await house.call(path, { token, headers: v1, body })).status;

const DOORS: readonly (readonly [string, (token: string) => Promise<number>])[] = [
  [
    "JSON-RPC",
    async (token) => await posted("/agents/replay", token, { jsonrpc: "2.0", id: 1, method: "ListTasks", params: {} }),
  ],
  ["HTTP+JSON", async (token) => await posted("/agents/replay/message:send", token, { message: message() })],
  [
    "a stream",
    async (token) => {
      const body = { message: message() };
      const { response, close } = await house.open("/agents/replay/message:stream", { token, headers: v1, body });
      close();
      return response.statusCode ?? 0;
    },
  ],
  ["plain HTTP", async (token) => await posted("/agents/replay/tasks", token, { message: message() })],
  [
    "MCP",
    async (token) => {
      const clientInfo = { name: "replay", version: "1" };
      const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
      const headers = { accept: "application/json, text/event-stream" };
      const body = { jsonrpc: "2.0", id: 1, method: "initialize", params };
      return (await house.call("/agents/replay/mcp", { token, headers, body })).status;
    },
  ],
  ["the platform", async (token) => (await house.call("/v1/whoami", { token })).status],
  [
    "gRPC",
    async (token) => {
      const metadata = { ...v1, "berth-agent": "replay" };
      try {
        await grpc.unary("/lf.a2a.v1.A2AService/ListTasks", Buffer.alloc(0), { token, metadata });
        return 200;
      } catch (error) {
        return (error as { code?: number }).code === status.UNAUTHENTICATED ? 401 : 500; // grpc-js rejects with nothing else
      }
    },
  ],
];

describe("a token of a single-use issuer", () => {
  test.each(DOORS)("opens %s once", async (_door, show) => {
    const token = fresh();
    expect(await show(token)).toBeLessThan(300);
    expect(await show(token)).toBe(401);
    expect(await show(fresh())).toBeLessThan(300);
  });

  test("that was shown at one door opens no other", async () => {
    const token = fresh();
    const [[, first], ...others] = DOORS as readonly [(typeof DOORS)[number], ...(typeof DOORS)[number][]]; // there are seven
    expect(await first(token)).toBe(200);
    for (const [door, show] of others) expect(await show(token), door).toBe(401);
  });

  test("without a jti opens nothing, nor does one of its claims signed by somebody else", async () => {
    for (const [door, show] of DOORS) expect(await show(issuer.token({ aud: aud() })), door).toBe(401);
    await using other = await openLocalIssuer();
    const forged = other.token({ iss: issuer.issuer, aud: aud(), jti: "known" });
    for (const [door, show] of DOORS) expect(await show(forged), door).toBe(401);
    const [[, show]] = DOORS as readonly [(typeof DOORS)[number]]; // as above
    expect(await show(issuer.token({ aud: aud(), jti: "known" })), "not used up by the forgery").toBe(200);
  });
});
