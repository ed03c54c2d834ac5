import { gunzipSync } from "node:zlib";
import { createIdGenerator } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import { OutboundError } from "@berth/runtime";
import type { OutboundAnswer, OutboundRequest } from "@berth/runtime";
import { createInMemoryStore } from "@berth/store/memory";
import { createRegistry, readOtlp } from "@berth/telemetry";
import type { MetricPoint, SpanRecord } from "@berth/telemetry";
import { waitFor } from "@berth/testing";
import { afterEach, describe, expect, test } from "vitest";
import type { DestinationSettings } from "../telemetry.ts";
import { createDestinations } from "./create-destinations.ts";
import type { RunningDestinations } from "./create-destinations.ts";
import { measureDestinations } from "./measure-destinations.ts";

const admin: Principal = { kind: "user", id: "usr_1", orgId: "org", scopes: ["admin"] };
const settings: DestinationSettings = {
  url: "https://otlp.example/base/",
  encoding: "protobuf",
  signals: ["traces", "logs", "metrics"],
  headers: { "x-dataset": "berth" },
  secretHeaders: { "x-key": "KEY" },
  sampleRatio: 1,
  redact: [],
  deltaMetrics: false,
  enabled: true,
};
const SECRET = "sk-0123456789abcdef";

type Answer = Partial<OutboundAnswer> | Error;

interface Opened {
  readonly destinations: RunningDestinations;
  readonly store: ReturnType<typeof createInMemoryStore>;
  readonly asked: OutboundRequest[];
  /** The next ones; then 200 for ever. */
  readonly answers: Answer[];
  readonly clock: { at: number };
  readonly state: () => Promise<{
    readonly waiting: number;
    readonly sent: number;
    readonly dropped: number;
    readonly lastError?: string;
  }>;
}

let closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing) await close();
  closing = [];
});

function open({
  secret = SECRET,
  store = createInMemoryStore(),
}: { readonly secret?: string | undefined; readonly store?: Opened["store"] } = {}): Opened {
  const asked: OutboundRequest[] = [];
  const answers: Answer[] = [];
  const clock = { at: Date.now() };
  let bytes = 0;
  const randomBytes = (length: number): Uint8Array => new Uint8Array(length).fill((bytes += 1) % 256);
  const destinations = createDestinations({
    store,
    outbound: {
      assertUrl: async (url) => {
        if (url.includes("10.0.0.1")) throw new OutboundError("refused", "leads to a private address");
        return new URL(url);
      },
      request: async (request) => {
        asked.push(request);
        const answer = answers.shift() ?? {};
        if (answer instanceof Error) throw answer;
        return { status: 200, headers: {}, body: Buffer.alloc(0), truncated: false, ...answer };
      },
    },
    secrets: { value: async () => (secret === "" ? undefined : { value: secret }) },
    paceMs: 10,
    ids: createIdGenerator({ now: Date.now, randomBytes }),
    now: () => new Date(clock.at),
    randomBytes,
  });
  closing.push(async () => await destinations.close());
  const state: Opened["state"] = async () => {
    const [first] = await destinations.list(admin);
    if (first === undefined) throw new Error("there is no destination");
    return first.state;
  };
  return { destinations, store, asked, answers, clock, state };
}

let spanNumber = 0;
function span(change: Partial<SpanRecord> = {}): SpanRecord {
  spanNumber += 1;
  return {
    source: "agent",
    agent: "planner",
    traceId: spanNumber.toString(16).padStart(32, "a"),
    spanId: spanNumber.toString(16).padStart(16, "b"),
    name: "work",
    kind: "internal",
    startUs: 1_795_000_000_000_000,
    endUs: 1_795_000_000_001_000,
    status: "ok",
    attributes: { "gen_ai.input.messages": "my secret plan", "http.route": "/a" },
    ...change,
  };
}

function spansIn({ body }: OutboundRequest): readonly SpanRecord[] {
  if (!(body instanceof Uint8Array)) throw new Error("the body is not bytes");
  return readOtlp("traces", "protobuf", gunzipSync(body), { receivedUs: 0 }).records;
}

describe("a destination", () => {
  test("gets what is offered, in one OTLP request with its headers and its secret", async () => {
    const { destinations, asked, state } = open();
    await destinations.put(admin, "honeycomb", settings);
    destinations.offer("org", { signal: "traces", records: [span(), span()] });
    destinations.offer("org_other", { signal: "traces", records: [span()] });
    const [request] = await waitFor("a request", () => asked.length > 0 && asked);
    expect(request).toMatchObject({
      url: "https://otlp.example/base/v1/traces",
      headers: {
        "x-dataset": "berth",
        "x-key": SECRET,
        "Content-Type": "application/x-protobuf",
        "Content-Encoding": "gzip",
      },
    });
    expect(request === undefined ? [] : spansIn(request).map(({ name }) => name)).toEqual(["work", "work"]);
    await waitFor("the count", async () => (await state()).sent > 0);
    expect(asked).toHaveLength(1);
  });

  test("is tried again only after what may pass, no sooner than it asks for, and is told what was lost", async () => {
    const { destinations, asked, answers, clock, state } = open();
    await destinations.put(admin, "slow", settings);
    answers.push(
      { status: 503, headers: { "retry-after": "120" } },
      new OutboundError("unreachable", "nobody is there"),
    );
    destinations.offer("org", { signal: "traces", records: [span()] });
    await waitFor("a failure", async () => (await state()).lastError?.includes("503"));
    clock.at += 119_000;
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toHaveLength(1);
    clock.at += 2_000;
    await waitFor("another failure", async () => (await state()).lastError === "nobody is there");
    clock.at += 600_000;
    await waitFor("the count", async () => (await state()).sent === 1);
    answers.push({ status: 400, body: Buffer.from(`no such dataset for ${SECRET}`) });
    destinations.offer("org", { signal: "traces", records: [span()] });
    await waitFor("the loss", async () => (await state()).dropped === 1);
    // What it answers may repeat the credential.
    expect((await state()).lastError).toBe("HTTP 400: no such dataset for [secret:KEY]");
    expect(asked).toHaveLength(4);
  });

  test("is told of in metrics by its name: what waits, what was lost, and how it fails, never what it answered", async () => {
    const { destinations, answers, state, clock } = open();
    await destinations.put(admin, "slow", settings);
    const registry = createRegistry();
    measureDestinations(registry, () => destinations.seen);
    const shown = async (): Promise<string> => {
      await destinations.look();
      return registry
        .render()
        .replaceAll(/^#.*\n/gm, "")
        .replaceAll('org="org",destination="slow"', "slow");
    };
    answers.push({ status: 503, body: Buffer.from("ask somebody else") });
    destinations.offer("org", { signal: "traces", records: [span(), span()] });
    await waitFor("a failure", async () => (await state()).lastError !== undefined);
    const failing = await shown();
    expect(failing).toContain("berth_export_queue_requests{slow} 1\n");
    expect(failing).toMatch(/berth_export_queue_bytes\{slow\} \d\d+\n/);
    expect(failing).toContain("berth_export_oldest_timestamp_seconds{slow} ");
    expect(failing).toContain('berth_export_failing{slow,reason="http_503"} 1\n');
    expect(failing).not.toMatch(/last_sent|somebody/);
    answers.push({ status: 400 });
    clock.at += 600_000;
    await waitFor("the loss", async () => (await state()).dropped === 2);
    expect(await shown()).toContain("berth_export_dropped_records_total{slow} 2\n");
    destinations.offer("org", { signal: "traces", records: [span()] });
    await waitFor("the count", async () => (await state()).sent === 1);
    const well = await shown();
    expect(well).toContain("berth_export_sent_records_total{slow} 1\n");
    expect(well).toContain("berth_export_queue_requests{slow} 0\n");
    expect(well).toContain("berth_export_last_sent_timestamp_seconds{slow} ");
    expect(well).not.toContain("berth_export_failing");
  });

  test("goes on after a restart with what was queued, and drops what is a day old", async () => {
    const first = open();
    await first.destinations.put(admin, "later", settings);
    first.answers.push({ status: 503 }, { status: 503 });
    first.destinations.offer("org", { signal: "traces", records: [span({ name: "before the restart" })] });
    await waitFor("a failure", async () => (await first.state()).lastError !== undefined);
    await first.destinations.close();
    const second = open({ store: first.store });
    second.clock.at += 20_000;
    await second.destinations.start();
    const [request] = await waitFor("a request", () => second.asked.length > 0 && second.asked);
    expect(request === undefined ? [] : spansIn(request).map(({ name }) => name)).toEqual(["before the restart"]);
    second.answers.push({ status: 503 });
    second.destinations.offer("org", { signal: "traces", records: [span()] });
    await waitFor("a failure", async () => (await second.state()).waiting === 1);
    second.answers.push({ status: 503 });
    second.clock.at += 25 * 3_600_000;
    await waitFor("the loss", async () => (await second.state()).dropped === 1);
  });

  test("gets a share of traces, always whole and always with what failed, and none of what is redacted", async () => {
    const { destinations, asked } = open();
    await destinations.put(admin, "some", { ...settings, sampleRatio: 0.5, redact: ["gen_ai.input.*"] });
    const low = `${"0".repeat(31)}1`;
    const high = "f".repeat(32);
    const records = [
      span({ traceId: high, name: "kept" }),
      span({ traceId: high, name: "kept too" }),
      span({ traceId: low, name: "left out" }),
      span({ traceId: low, name: "failed", status: "error" }),
    ];
    destinations.offer("org", { signal: "traces", records });
    const [request] = await waitFor("a request", () => asked.length > 0 && asked);
    const sent = request === undefined ? [] : spansIn(request);
    expect(sent.map(({ name }) => name)).toEqual(["kept", "kept too", "failed"]);
    expect(sent[0]?.attributes).toMatchObject({ "gen_ai.input.messages": "[redacted]", "http.route": "/a" });
  });

  test("gets sums as deltas when it wants them so", async () => {
    const { destinations, asked, clock } = open();
    await destinations.put(admin, "datadog", { ...settings, deltaMetrics: true });
    const startUs = clock.at * 1_000 + 1;
    const point = (atUs: number, value: number): MetricPoint => ({
      source: "agent",
      name: "calls",
      unit: "1",
      type: "sum",
      temporality: "cumulative",
      monotonic: true,
      startUs,
      atUs: startUs + atUs,
      attributes: {},
      value,
    });
    destinations.offer("org", {
      signal: "metrics",
      records: [point(1_000, 5), point(2_000, 8), point(2_000, 8), point(3_000, 8)],
    });
    const [request] = await waitFor("a request", () => asked.length > 0 && asked);
    const body = request?.body instanceof Uint8Array ? gunzipSync(request.body) : Buffer.alloc(0);
    const sent = readOtlp("metrics", "protobuf", body, { receivedUs: 0 }).records;
    expect(sent.map(({ value, temporality }) => [value, temporality])).toEqual([
      [5, "delta"],
      [3, "delta"],
      [0, "delta"],
    ]);
  });

  test("is not sent to while its secret is not set, and says so when it is tried", async () => {
    const { destinations, asked } = open({ secret: "" });
    await destinations.put(admin, "keyless", settings);
    expect(await destinations.test(admin, "keyless")).toMatchObject({ ok: false, detail: "the secret KEY is not set" });
    expect(asked).toEqual([]);
  });

  test("is tried with one span, and what comes back is shown", async () => {
    const { destinations, asked, answers } = open();
    await destinations.put(admin, "tried", settings);
    expect(await destinations.test(admin, "tried")).toMatchObject({ ok: true, status: 200 });
    expect(asked[0] === undefined ? [] : spansIn(asked[0]).map(({ name }) => name)).toEqual(["berth destination test"]);
    answers.push({ status: 401, body: Buffer.from("who are you") });
    expect(await destinations.test(admin, "tried")).toMatchObject({
      ok: false,
      status: 401,
      detail: "HTTP 401: who are you",
    });
  });

  test.each([
    ["a private address", { url: "http://10.0.0.1/" }, "url"],
    ["the address of one signal", { url: "https://otlp.example/v1/traces" }, "url"],
    ["no signal", { signals: [] }, "signals"],
    ["a header that is ours", { headers: { "Content-Type": "x" } }, "headers"],
    ["a header of two lines", { headers: { "x-a": "a\r\nb" } }, "headers.x-a"],
    ["a secret's value", { secretHeaders: { "x-key": "not a name!" } }, "secretHeaders.x-key"],
    ["a share of more than all", { sampleRatio: 2 }, "sampleRatio"],
    ["a star in the middle", { redact: ["gen_ai.*.x"] }, "redact"],
  ] as const)("is refused with %s", async (_what, change, field) => {
    const { destinations } = open();
    const put = destinations.put(admin, "bad", { ...settings, ...change });
    await expect(put).rejects.toMatchObject({
      reason: "INVALID_PARAMS",
      violations: [expect.objectContaining({ field })],
    });
  });

  test("is for administrators, and every change is in the audit log", async () => {
    const { destinations, store } = open();
    const reader: Principal = { ...admin, scopes: ["read"] };
    await expect(destinations.list(reader)).rejects.toMatchObject({ reason: "PERMISSION_DENIED" });
    await destinations.put(admin, "audited", settings);
    await destinations.remove(admin, "audited");
    await expect(destinations.remove(admin, "audited")).rejects.toMatchObject({ reason: "DESTINATION_NOT_FOUND" });
    const { entries } = await store.audit.query("org", {}, { size: 10 });
    expect(entries.map(({ action }) => action)).toEqual(["telemetry_destination.remove", "telemetry_destination.put"]);
    expect(JSON.stringify(entries)).not.toContain(SECRET);
  });
});
