import { createHmac } from "node:crypto";
import { decodeErrorInfo, decodeStatus } from "@a2a-js/sdk/errors/grpc";
import { status as Code } from "@grpc/grpc-js";
import { scriptedConfig } from "@berth/testing";
import { afterEach, expect, test } from "vitest";
import { openHouse, publish, textMessage } from "../gateway.fixture.ts";
import type { House, HouseOptions, Json } from "../gateway.fixture.ts";
import { GrpcClient, bytesOf } from "../grpc/grpc.fixture.ts";
import * as a2a from "../grpc/proto/a2a-v1.ts";

const RATES = { call: 1_000, read: 1_000, write: 1_000, signIn: 1_000, failure: 1_000 };

let house: House | undefined;
afterEach(async () => {
  await house?.[Symbol.asyncDispose]();
  house = undefined;
});

async function open(rates: Partial<typeof RATES> = {}, options: HouseOptions = {}): Promise<House> {
  house = await openHouse({ rates: { ...RATES, ...rates }, ...options });
  await publish(house.store, "scarce", {
    config: { ...scriptedConfig({ visibility: "public" }), limits: { callsPerMinute: 1 } },
  });
  return house;
}

const detail = (data: Json, type: string): Json => data.find((each: Json) => each["@type"].endsWith(type));

test("every answer says how many requests are left, and the one too many when to come back", async () => {
  const { call, admin } = await open({ read: 2 });
  const first = await call("/v1/agents", { token: admin });
  expect([first.status, first.headers["ratelimit-policy"], first.headers["ratelimit"]]).toEqual([
    200,
    '"read";q=2;w=60',
    '"read";r=1;t=30',
  ]);
  await call("/v1/agents", { token: admin });
  const third = await call("/v1/agents", { token: admin });
  expect([third.status, third.json.reason, third.headers["retry-after"]]).toEqual([429, "RATE_LIMITED", "30"]);
  expect(third.headers["ratelimit"]).toBe('"read";r=0;t=60');
  expect((await call("/healthz")).headers).not.toHaveProperty("ratelimit");
  expect((await call("/v1/agents")).status).toBe(200);
});

test("A2A in JSON-RPC and HTTP+JSON, MCP and gRPC each say it in their own form", async () => {
  const { call, rpc, admin, ...rest } = await open();
  const as = { token: admin, agent: "scarce" };
  expect((await rpc("SendMessage", textMessage("one"), as)).status).toBe(200);

  const overRpc = await rpc("SendMessage", textMessage("two"), as);
  expect([overRpc.status, overRpc.json.error.code, overRpc.headers["retry-after"]]).toEqual([429, -32000, "60"]);
  expect(detail(overRpc.json.error.data, "ErrorInfo")).toMatchObject({
    reason: "RATE_LIMITED",
    metadata: { retryAfterSeconds: "60", quota: "1" },
  });
  expect(detail(overRpc.json.error.data, "RetryInfo").retryDelay).toBe("60s");

  const overRest = await call("/agents/scarce/message:send", { token: admin, body: textMessage("three") });
  expect([overRest.status, overRest.json.error.status]).toEqual([429, "RESOURCE_EXHAUSTED"]);
  expect(overRest.headers["ratelimit-policy"]).toBe('"calls_of_the_agent_by_a_principal";q=1;w=60');

  const mcp = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "echo", arguments: { message: "four" } } };
  const overMcp = await call("/agents/scarce/mcp", { token: admin, body: mcp });
  expect([overMcp.status, overMcp.json.error.data]).toEqual([
    429,
    expect.objectContaining({ reason: "RATE_LIMITED", retryAfterSeconds: 60 }),
  ]);

  using client = await GrpcClient.open({ call, rpc, admin, ...rest });
  const request = bytesOf(a2a.SEND_MESSAGE_REQUEST, { ...textMessage("five"), tenant: "scarce" });
  const overGrpc = await client.refused("/lf.a2a.v1.A2AService/SendMessage", request, { token: admin });
  expect(overGrpc.code).toBe(Code.RESOURCE_EXHAUSTED);
  const [bytes] = overGrpc.metadata.get("grpc-status-details-bin");
  const { details } = decodeStatus(Buffer.from(bytes ?? ""));
  expect(decodeErrorInfo(details[0]?.value ?? Buffer.alloc(0)).reason).toBe("RATE_LIMITED");
  // google.rpc.RetryInfo { retry_delay { seconds: 60 } }
  expect(details.map(({ typeUrl }) => typeUrl.split(".").at(-1))).toEqual(["ErrorInfo", "RetryInfo"]);
  expect(Buffer.from(details[1]?.value ?? Buffer.alloc(0)).toString("hex")).toBe("0a02083c");
});

test("a webhook's deliveries are calls of the key that made it", async () => {
  const { call, admin } = await open();
  const { json: hook } = await call("/v1/agents/scarce/webhooks", { body: { skill: "echo" }, token: admin });
  const deliver = async (id: string): Promise<number> => {
    const timestamp = String(Math.floor(Date.now() / 1_000));
    const key = Buffer.from(String(hook.secret).slice("whsec_".length), "base64");
    const signature = createHmac("sha256", key).update(`${id}.${timestamp}.{}`).digest("base64");
    const headers = {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": `v1,${signature}`,
    };
    return (await call(new URL(hook.url).pathname, { method: "POST", body: "{}", headers })).status;
  };
  expect([await deliver("m1"), await deliver("m2")]).toEqual([202, 429]);
});

test("whoever shows wrong credentials again and again is not looked at for a while", async () => {
  const { call, admin } = await open({ failure: 3 });
  const wrong = { headers: { authorization: "Bearer brt_x_y" } };
  const statuses = [];
  for (let i = 0; i < 5; i++) statuses.push((await call("/v1/agents", wrong)).status);
  expect(statuses).toEqual([401, 401, 401, 429, 429]);
  expect((await call("/v1/agents", { token: admin })).status).toBe(429);
  expect((await call("/v1/agents")).status).toBe(200);
});

test("signing in is bounded by address", async () => {
  const { call } = await open({ signIn: 2 });
  const attempt = async (): Promise<number> => (await call("/v1/sessions", { body: { code: "no" } })).status;
  expect([await attempt(), await attempt(), await attempt()]).toEqual([401, 401, 429]);
});

test("limits are set, shown and used up over the API", async () => {
  const { call, rpc, admin } = await open();
  const rules = [
    { subject: "principal", maxCalls: 1 },
    { subject: "task", maxCost: "0.5" },
  ];
  const set = await call("/v1/limits", { method: "PUT", body: { rules }, token: admin });
  expect([set.status, set.json]).toEqual([200, { rules, defaults: RATES }]);
  expect((await call("/v1/limits", { token: admin })).json.rules).toEqual(rules);
  await rpc("SendMessage", textMessage("one"), { token: admin });
  const over = await rpc("SendMessage", textMessage("two"), { token: admin });
  expect([over.status, detail(over.json.error.data, "ErrorInfo")]).toEqual([
    429,
    expect.objectContaining({
      reason: "BUDGET_EXCEEDED",
      metadata: expect.objectContaining({ subject: "principal", unit: "calls", spent: "1", most: "1" }),
    }),
  ]);
  expect(Number(over.headers["retry-after"])).toBeGreaterThan(0);
  const usage = await call("/v1/limits/usage", { token: admin });
  expect(usage.json.usage).toContainEqual(expect.objectContaining({ subject: "agent", calls: 1, cost: "0" }));
  const wrong = { rules: [{ subject: "planet" }, { subject: "task", maxCost: 1, colour: "red" }] };
  const refused = await call("/v1/limits", { method: "PUT", body: wrong, token: admin });
  expect(refused.json.violations.map(({ field }: Json) => field)).toEqual(["rules[1]", "rules[1].maxCost"]);
});
