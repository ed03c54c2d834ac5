import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHouse } from "../gateway.fixture.ts";
import type { House } from "../gateway.fixture.ts";

let house: House;
let key: string;
beforeAll(async () => {
  house = await openHouse();
  key = await house.key("ingest");
});
afterAll(async () => await house[Symbol.asyncDispose]());

const traceId = "5b8efff798038103d269b633813fc60c";

function traces(span: object = {}): object {
  const now = BigInt(Date.now()) * 1_000_000n;
  const whole = {
    traceId,
    spanId: "eee19b7ec3c1b174",
    name: "work",
    kind: 2,
    startTimeUnixNano: String(now),
    endTimeUnixNano: String(now + 1_000_000n),
    ...span,
  };
  return { resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ scope: { name: "t" }, spans: [whole] }] }] };
}

const post = async (signal: string, body: unknown, headers: Record<string, string> = {}): ReturnType<House["call"]> =>
  await house.call(`/otlp/v1/${signal}`, { method: "POST", token: key, body, headers });

describe("an OTLP request", () => {
  test("in JSON is taken in, whatever charset it names, and can be read", async () => {
    const answer = await post("traces", traces(), { "content-type": "application/json; charset=utf-8" });
    expect([answer.status, answer.headers["content-type"], answer.json]).toEqual([200, "application/json", {}]);
    const reader = await house.key("read");
    await expect
      .poll(async () => (await house.call(`/v1/traces/${traceId}`, { token: reader })).json?.spans?.length)
      .toBe(1);
  });

  test("is taken in compressed", async () => {
    const body = gzipSync(JSON.stringify(traces({ spanId: "eee19b7ec3c1b175" })));
    const answer = await post("traces", body, { "content-encoding": "gzip", "content-length": String(body.length) });
    expect(answer.status).toBe(200);
  });

  test("with nothing in it is good, in both encodings", async () => {
    for (const signal of ["traces", "logs", "metrics"]) {
      const json = await post(signal, {});
      expect([json.status, json.json], signal).toEqual([200, {}]);
      const protobuf = await post(signal, "", { "content-type": "application/x-protobuf" });
      expect([protobuf.status, protobuf.text, protobuf.headers["content-type"]], signal).toEqual([
        200,
        "",
        "application/x-protobuf",
      ]);
    }
  });

  test("with a record that is none says how many were not taken, in its own encoding", async () => {
    const json = await post("traces", traces({ traceId: "00" }));
    expect([json.status, json.json]).toMatchObject([200, { partialSuccess: { rejectedSpans: 1 } }]);
    expect(json.json.partialSuccess.errorMessage).not.toBe("");
    // ResourceSpans { ScopeSpans { Span { name: "x" } } }: no ids.
    const bytes = Buffer.from([0x0a, 7, 0x12, 5, 0x12, 3, 0x2a, 1, 0x78]);
    const protobuf = await post("traces", bytes, { "content-type": "application/x-protobuf" });
    expect([protobuf.status, protobuf.headers["content-type"]]).toEqual([200, "application/x-protobuf"]);
    // partial_success { rejected_spans: 1 … }
    expect(Buffer.from(protobuf.text, "latin1").subarray(0, 1)).toEqual(Buffer.from([0x0a]));
    expect(Buffer.from(protobuf.text, "latin1").subarray(2, 4)).toEqual(Buffer.from([0x08, 1]));
  });

  test("that cannot be read is refused with a status in its own encoding", async () => {
    const json = await post("logs", "{", { "content-type": "application/json" });
    expect([json.status, json.headers["content-type"], json.json.code]).toEqual([400, "application/json", 3]);
    const protobuf = await post("logs", Buffer.from([0x0a, 0xff, 0xff]), { "content-type": "application/x-protobuf" });
    expect([protobuf.status, protobuf.headers["content-type"]]).toEqual([400, "application/x-protobuf"]);
    expect(Buffer.from(protobuf.text, "latin1").subarray(0, 2)).toEqual(Buffer.from([0x08, 3]));
    const gzip = await post("logs", "no gzip", { "content-encoding": "gzip", "content-type": "application/json" });
    expect(gzip.status).toBe(400);
  });

  test("larger than the bound is refused, before and after it is inflated", async () => {
    const length = 20 * 1024 * 1024 + 1;
    const plain = await post("traces", Buffer.alloc(length, " "), {
      "content-type": "application/json",
      "content-length": String(length),
    });
    expect(plain.status).toBe(413);
    const bomb = gzipSync(Buffer.alloc(length));
    const inflated = await post("traces", bomb, {
      "content-type": "application/x-protobuf",
      "content-encoding": "gzip",
      "content-length": String(bomb.length),
    });
    expect(inflated.status).toBe(413);
  });

  test("of another type or coding is refused", async () => {
    expect((await post("traces", "x", { "content-type": "text/plain" })).status).toBe(415);
    const coded = { "content-type": "application/json", "content-encoding": "br" };
    expect((await post("traces", "x", coded)).status).toBe(415);
  });

  test("that is large is read on another thread, with the same outcome", { timeout: 20_000 }, async () => {
    const spans = Array.from({ length: 4_000 }, (_, index) => ({
      traceId: "6b8efff798038103d269b633813fc60c",
      spanId: (index + 1).toString(16).padStart(16, "0"),
      name: "x".repeat(300),
      startTimeUnixNano: `${Date.now()}000000`,
      endTimeUnixNano: `${Date.now()}000001`,
    }));
    const large = { resourceSpans: [{ scopeSpans: [{ spans: [...spans, { name: "no ids" }] }] }] };
    expect(JSON.stringify(large).length).toBeGreaterThan(1024 * 1024);
    const answer = await post("traces", large);
    expect([answer.status, answer.json.partialSuccess?.rejectedSpans]).toEqual([200, 1]);
    const broken = `${JSON.stringify(large)}}`;
    expect((await post("traces", broken, { "content-type": "application/json" })).status).toBe(400);
  });

  test("needs a credential that may send telemetry, and is told so in OTLP", async () => {
    const nobody = await house.call("/otlp/v1/traces", { body: {} });
    expect([nobody.status, nobody.json.code]).toEqual([401, 16]);
    const reader = await house.call("/otlp/v1/traces", { body: {}, token: await house.key("invoke") });
    expect([reader.status, reader.json.code]).toEqual([403, 7]);
  });

  test("there is no door for profiles, and none without /otlp", async () => {
    expect((await post("../v1development/profiles", {})).status).toBe(404);
    for (const path of ["/otlp/v1development/profiles", "/v1/traces", "/v1/metrics"]) {
      const { status } = await house.call(path, { method: "POST", token: key, body: {} });
      expect([404, 405], path).toContain(status);
    }
  });

  test("that finds no room is told when to come again", async () => {
    const full = await openHouse({
      override: (control) => ({
        telemetry: {
          ...control.telemetry,
          ingest: async () => {
            const { PlatformError } = await import("@berth/protocol");
            throw new PlatformError("RATE_LIMITED", "no room", { metadata: { retryAfterSeconds: "5" } });
          },
        },
      }),
    });
    await using _house = full;
    const answer = await full.call("/otlp/v1/traces", { body: traces(), token: await full.key("ingest") });
    expect([answer.status, answer.headers["retry-after"], answer.json.code]).toEqual([429, "5", 8]);
  });
});
