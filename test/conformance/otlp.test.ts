import { spawnSync } from "node:child_process";
import { PlatformProcess, temporaryFolder, waitFor } from "@berth/testing";
import { createPlatformClient } from "@berth/sdk/client";
import type { PlatformClient } from "@berth/sdk/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { canonical, decodeRaw, messagesWith, without } from "./otlp/decode-raw.ts";
import { RawReceiver } from "./otlp/raw-receiver.ts";
import { sendLog, sendMetrics, sendSpan } from "./otlp/sdk.ts";
import type { SdkTarget } from "./otlp/sdk.ts";

// The OpenTelemetry SDK's own exporters against a real platform, and what the platform sends on against what they send.

const folder = temporaryFolder();
let platform: PlatformProcess;
let client: PlatformClient;
let receiver: RawReceiver;
let ingest: Record<string, string>;

beforeAll(async () => {
  receiver = await RawReceiver.open();
  const env = { BERTH_OUTBOUND_ALLOW: `127.0.0.1:${receiver.port}` };
  platform = await PlatformProcess.start({ home: `${folder.path}/home`, env });
  client = createPlatformClient({ url: platform.url, token: platform.token });
  const { key } = await client.keys.create({ name: "otel", scopes: ["ingest"] });
  ingest = { authorization: `Bearer ${key}` };
});

afterAll(async () => {
  await platform?.stop();
  await receiver?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const targetOf = (encoding: SdkTarget["encoding"], gzip: boolean): SdkTarget => ({
  url: `${platform.url}/otlp`,
  encoding,
  gzip,
  headers: ingest,
});

describe.each([
  ["protobuf", false],
  ["protobuf", true],
  ["json", false],
  ["json", true],
] as const)("the SDK's exporters in %s, gzip %s", (encoding, gzip) => {
  const mark = `${encoding}-${gzip ? "gzip" : "plain"}`;

  test("send spans that are read back whole", async () => {
    const at = new Date(Date.now() - 1_000);
    const { traceId, spanId } = await sendSpan(targetOf(encoding, gzip), { name: mark, at });
    const span = await waitFor("the span", async () => {
      const trace = await client.telemetry.trace(traceId).catch(() => undefined);
      return trace?.spans.find((each) => each.spanId === spanId);
    });
    expect(span).toMatchObject({
      source: "agent",
      name: mark,
      kind: "client",
      status: "error",
      statusMessage: "out of luck",
      startUs: at.getTime() * 1_000,
      endUs: (at.getTime() + 10) * 1_000,
      attributes: { text: "héllo", whole: 42, half: 0.5, yes: true, list: ["a", "b"] },
      events: [{ name: "half way", atUs: (at.getTime() + 5) * 1_000, attributes: { left: 1 } }],
      links: [{ traceId: "f".repeat(32), spanId: "e".repeat(16), attributes: { why: "because" } }],
    });
    expect(span.scope).toContain("conformance");
  });

  test("send log records that are found by their words", async () => {
    await sendLog(targetOf(encoding, gzip), `line of ${mark}`);
    const log = await waitFor("the line", async () => {
      const { logs } = await client.telemetry.logs({ q: `level:error "line of ${mark}"` });
      return logs[0];
    });
    expect(log).toMatchObject({ severity: 17, body: `line of ${mark}`, attributes: { text: "héllo", whole: 42 } });
  });

  test("send metrics that are read back as points", async () => {
    const name = mark.replaceAll("-", "_");
    await sendMetrics(targetOf(encoding, gzip), name);
    const sum = await waitFor("the sum", async () => (await client.telemetry.points({ name: `${name}.count` }))[0]);
    expect(sum).toMatchObject({ type: "sum", monotonic: true, unit: "{call}", value: 3, attributes: { kind: "a" } });
    const [histogram] = await client.telemetry.points({ name: `${name}.time` });
    expect(histogram).toMatchObject({
      type: "histogram",
      unit: "s",
      count: 3,
      sum: 55.5,
      bounds: [1, 10],
      counts: [1, 1, 1],
    });
  });
});

describe("what is sent on", () => {
  const KEY = "0123456789abcdef";

  test.each(["protobuf", "json"] as const)("in %s is what the SDK would have sent", async (encoding) => {
    await fetch(`${platform.url}/v1/secrets/RECEIVER_KEY`, {
      method: "PUT",
      headers: { authorization: `Bearer ${platform.token}`, "content-type": "application/json" },
      body: JSON.stringify({ value: KEY }),
    });
    const base = `http://127.0.0.1:${receiver.port}`;
    await client.telemetry.destinations.put(encoding, {
      url: `${base}/ours-${encoding}`,
      encoding,
      signals: ["traces"],
      secretHeaders: { "x-key": "RECEIVER_KEY" },
    });
    expect(await client.telemetry.destinations.test(encoding)).toMatchObject({ ok: true, status: 200 });
    const name = `sent on in ${encoding}`;
    const at = new Date(Date.now() - 1_000);
    // The same span, made twice: once for the receiver itself, once through the platform.
    await sendSpan({ url: `${base}/theirs-${encoding}`, encoding, gzip: false }, { name, at });
    await sendSpan(targetOf(encoding, true), { name, at });
    const sentTo = (path: string): Buffer | undefined =>
      receiver.requests.find((request) => request.path === path && request.body.includes(name))?.body;
    const ours = await waitFor("the platform's request", () => sentTo(`/ours-${encoding}/v1/traces`));
    const theirs = await waitFor("the SDK's request", () => sentTo(`/theirs-${encoding}/v1/traces`));
    if (encoding === "protobuf") expect(rawSpan(ours, name)).toEqual(rawSpan(theirs, name));
    else expect(jsonSpan(ours, name)).toEqual(jsonSpan(theirs, name));
    const request = receiver.requests.find(({ path }) => path === `/ours-${encoding}/v1/traces`);
    expect(request?.key).toBe(KEY);
    expect(request?.contentType).toBe(encoding === "json" ? "application/json" : "application/x-protobuf");
    await client.telemetry.destinations.remove(encoding);
  });
});

/** Ids are each one's own; flags (16), of the span and of its links (6), say what the sender samples. */
function rawSpan(body: Buffer, name: string): unknown {
  const [span] = messagesWith(decodeRaw(body), "5", JSON.stringify(name));
  if (span === undefined) throw new Error(`there is no span ${name}`);
  return without(canonical(span), ["1", "2", "16"]).map(([field, value]) => [
    field,
    field === "13" && typeof value !== "string" ? without(value, ["6"]) : value,
  ]);
}

function jsonSpan(body: Buffer, name: string): unknown {
  const { resourceSpans } = JSON.parse(body.toString("utf8")) as {
    readonly resourceSpans: readonly {
      readonly scopeSpans: readonly { readonly spans: readonly Record<string, unknown>[] }[];
    }[];
  };
  const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((each) => each.spans));
  return pruned(spans.find((span) => span["name"] === name));
}

const OWN: ReadonlySet<string> = new Set(["traceId", "spanId", "flags"]);

/** Without ids, flags, and counts of nothing, which may be said or not; whole numbers as text, which they may be or not. */
function pruned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pruned);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(
    ([key, each]) => !OWN.has(key) && !(key.startsWith("dropped") && each === 0),
  );
  return Object.fromEntries(members.map(([key, each]) => [key, key === "intValue" ? String(each) : pruned(each)]));
}

describe("/metrics", () => {
  test("is what Prometheus' own checker takes, for those who may read it", async () => {
    expect((await fetch(`${platform.url}/metrics`)).status).toBe(401);
    const response = await fetch(`${platform.url}/metrics`, { headers: { authorization: `Bearer ${platform.token}` } });
    const text = await response.text();
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" });
    expect([status, stdout, stderr]).toEqual([0, "", ""]);
  });

  test("is open to everybody where whoever runs the platform says so", async () => {
    await using open = await PlatformProcess.start({ home: `${folder.path}/open`, env: { BERTH_METRICS: "public" } });
    const response = await fetch(`${open.url}/metrics`);
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining("# TYPE berth_")]);
  });
});
