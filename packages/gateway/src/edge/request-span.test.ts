import type { SpanRecord } from "@berth/telemetry";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHouse, textMessage } from "../gateway.fixture.ts";
import type { Answer, House } from "../gateway.fixture.ts";
import { GrpcClient, bytesOf } from "../grpc/grpc.fixture.ts";
import { SEND_MESSAGE_REQUEST } from "../grpc/proto/a2a-v1.ts";

let house: House;
let key: string;
const spans: SpanRecord[] = [];

beforeAll(async () => {
  house = await openHouse();
  key = await house.key("invoke", "admin");
  const { sink } = house.control.telemetry;
  const take = sink.spans.bind(sink);
  sink.spans = (orgId, batch) => {
    spans.push(...batch);
    take(orgId, batch);
  };
});
afterAll(async () => await house[Symbol.asyncDispose]());

const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const traceparent = `00-${trace}-00f067aa0ba902b7-00`;

/** The request's span, once it has ended. */
async function spanOf<A extends Answer | undefined>(
  name: string,
  act: () => Promise<A>,
): Promise<SpanRecord & { readonly answer: A }> {
  spans.length = 0;
  const answer = await act();
  await expect.poll(() => spans.some((span) => span.name === name && span.endUs !== undefined)).toBe(true);
  const span = spans.find((each) => each.name === name && each.endUs !== undefined);
  if (span === undefined) throw new Error(`no span ${name}`);
  return { ...span, answer };
}

describe("a request's span", () => {
  test("of a send belongs to the caller's trace, and the task to it, whatever the caller samples", async () => {
    const span = await spanOf(
      "SendMessage",
      async () =>
        await house.rpc("SendMessage", textMessage("x"), {
          token: key,
          headers: { "A2A-Version": "1.0", traceparent, tracestate: "v=1", baggage: "secret=1" },
        }),
    );
    const taskId = span.answer.json.result.task.id;
    expect(span).toMatchObject({
      kind: "server",
      traceId: trace,
      parentSpanId: "00f067aa0ba902b7",
      traceState: "v=1",
      agent: "scripted",
      taskId,
      attributes: { "a2a.method.name": "SendMessage", "a2a.task.id": taskId, "http.response.status_code": 200 },
    });
    await expect
      .poll(() => spans.find(({ name }) => name.startsWith("invoke_agent")))
      .toMatchObject({ traceId: trace, parentSpanId: span.spanId });
    expect(JSON.stringify(spans)).not.toContain("secret");
  });

  test("of a send without headers belongs to what the message says, and else begins a trace", async () => {
    const metadata = { "https://berth.dev/extensions/trace-context/v1": { traceparent } };
    const said = await spanOf(
      "SendMessage",
      async () =>
        await house.call("/agents/scripted/message:send", {
          token: key,
          headers: { "A2A-Version": "1.0" },
          body: textMessage("x", { metadata }),
        }),
    );
    expect(said.traceId).toBe(trace);
    const alone = await spanOf(
      "SendMessage",
      async () =>
        await house.call("/agents/scripted/message:send", {
          token: key,
          headers: { "A2A-Version": "1.0", traceparent: "00-broken" },
          body: textMessage("x"),
        }),
    );
    expect(alone.traceId).not.toBe(trace);
    expect(alone.parentSpanId).toBeUndefined();
  });

  test("of an MCP call belongs to what its _meta says, and links the HTTP request that carried it", async () => {
    const other = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const body = {
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "echo", arguments: { message: "x" }, _meta: { traceparent } },
    };
    const span = await spanOf(
      "tools/call echo",
      async () =>
        await house.call("/agents/scripted/mcp", {
          token: key,
          body,
          headers: { accept: "application/json, text/event-stream", traceparent: other },
        }),
    );
    expect(span).toMatchObject({
      traceId: trace,
      parentSpanId: "00f067aa0ba902b7",
      links: [{ traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" }],
      attributes: { "mcp.method.name": "tools/call", "gen_ai.tool.name": "echo" },
    });
  });

  test("of a caller without a credential begins a trace, and links what the caller says it belongs to", async () => {
    const metadata = {
      "https://berth.dev/extensions/trace-context/v1": { traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01` },
    };
    const said = await spanOf(
      "SendMessage",
      async () =>
        await house.rpc("SendMessage", textMessage("x", { metadata }), {
          headers: { "A2A-Version": "1.0", traceparent, tracestate: "v=1" },
        }),
    );
    expect(said).toMatchObject({
      links: [
        { traceId: trace, spanId: "00f067aa0ba902b7" },
        { traceId: "a".repeat(32), spanId: "b".repeat(16) },
      ],
    });
    expect([said.parentSpanId, said.traceState, said.traceId === trace]).toEqual([undefined, undefined, false]);
    // Nor does the agent get to see it.
    expect(JSON.stringify(house.connector.turns.at(-1)?.trace)).not.toContain(trace);
  });

  test("of a gRPC call belongs to what its metadata say", async () => {
    using client = await GrpcClient.open(house);
    const { message } = textMessage("x");
    const request = bytesOf(SEND_MESSAGE_REQUEST, { message, tenant: "scripted" });
    const span = await spanOf("SendMessage", async () => {
      await client.unary("/lf.a2a.v1.A2AService/SendMessage", request, { token: key, metadata: { traceparent } });
      return undefined;
    });
    expect(span).toMatchObject({
      traceId: trace,
      parentSpanId: "00f067aa0ba902b7",
      agent: "scripted",
      attributes: { "rpc.system": "grpc", "a2a.method.name": "SendMessage" },
    });
  });

  test("of a plain call and of an act of administration is named by its route", async () => {
    const invoked = await spanOf(
      "POST /invoke/{skill}",
      async () => await house.call("/agents/scripted/invoke/echo", { token: key, body: {} }),
    );
    expect(invoked.attributes).toMatchObject({ "http.route": "/invoke/{skill}", "berth.skill.id": "echo" });
    const act = await spanOf(
      "PUT /v1/limits",
      async () => await house.call("/v1/limits", { method: "PUT", token: key, body: { rules: "none" } }),
    );
    expect(act.attributes).toMatchObject({ "error.type": "INVALID_PARAMS", "http.response.status_code": 400 });
    // The caller's mistake is no failure of ours.
    expect(act.status).toBe("unset");
  });

  test("is not made of what is only read, nor of telemetry that comes in", async () => {
    const { json } = await house.rpc("SendMessage", textMessage("x"), {
      token: key,
      headers: { "A2A-Version": "1.0" },
    });
    await expect.poll(() => spans.some(({ name, endUs }) => name === "SendMessage" && endUs !== undefined)).toBe(true);
    spans.length = 0;
    const headers = { "A2A-Version": "1.0", traceparent };
    await house.rpc("GetTask", { id: json.result.task.id }, { token: key, headers });
    for (const path of ["/healthz", "/agents/scripted/.well-known/agent-card.json", "/v1/tasks", "/v1/openapi.json"]) {
      await house.call(path, { token: key, headers });
    }
    await house.call("/otlp/v1/traces", { token: key, body: {}, headers });
    expect(spans.filter(({ kind, traceId }) => kind === "server" && traceId === trace)).toEqual([]);
  });
});
