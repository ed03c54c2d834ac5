import { describe, expect, test } from "vitest";
import { runAgainst } from "../testing/run.ts";

const startUs = Date.parse("2026-11-29T10:00:00Z") * 1_000;

describe("logs of all there is", () => {
  const log = {
    id: 7,
    source: "agent",
    agent: "planner",
    atUs: startUs,
    severity: 17,
    body: "no \u001b[2Jroom",
    attributes: {},
  };
  const routes = { "GET /v1/logs": { json: { logs: [{ ...log, id: 8, body: "second" }, log] } } };

  test("are searched by a query, and shown oldest first", async () => {
    const { io, requests } = await runAgainst(routes, ["logs", "-q", "level:error since:1h", "--limit", "2"]);
    expect(new URL(`http://x${requests[0]?.path}`).searchParams.get("q")).toBe("level:error since:1h");
    expect(io.out()).toBe(
      "2026-11-29T10:00:00.000Z error planner no room\n2026-11-29T10:00:00.000Z error planner second\n",
    );
  });

  test("of one agent are searched with its name", async () => {
    const { io, requests } = await runAgainst(routes, ["logs", "planner", "--query", "-noise", "--json"]);
    expect(new URL(`http://x${requests[0]?.path}`).searchParams.get("q")).toBe("agent:planner -noise");
    expect(io.document()).toEqual({ logs: [log, { ...log, id: 8, body: "second" }] });
  });

  test("are followed from the newest one on, with what was left out", async () => {
    const events = [
      { topic: "logs", at: 1, type: "event", id: 9, logs: [{ ...log, id: 9, body: "third" }] },
      { topic: "logs", at: 1, type: "gap", skipped: 12 },
      { topic: "logs", at: 1, type: "end" },
    ].map((data) => ({ event: data.type, data }));
    const { io, requests } = await runAgainst({ ...routes, "POST /v1/live": { events } }, ["logs", "--follow"]);
    expect(JSON.parse(requests[1]?.body ?? "")).toEqual({
      topics: [{ id: "logs", topic: "logs", query: "", after: 8 }],
    });
    expect(io.out()).toContain("third\n… 12 lines were left out\n");
  });

  test("that may not be followed end with the reason", async () => {
    const error = { reason: "PERMISSION_DENIED", detail: "This needs another scope." };
    const events = [{ event: "error", data: { topic: "logs", at: 1, type: "error", error } }];
    const { code, io } = await runAgainst({ ...routes, "POST /v1/live": { events } }, ["logs", "--follow"]);
    expect([code, io.err()]).toEqual([3, expect.stringContaining("This needs another scope.")]);
  });
});

describe("traces", () => {
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";

  test("are listed", async () => {
    const trace = {
      traceId,
      rootName: "SendMessage",
      spanId: "1",
      agent: "planner",
      startUs,
      durationUs: 2_100_000,
      spans: 3,
      errors: 1,
    };
    const routes = { "GET /v1/traces": { json: { traces: [trace] } } };
    const { io, requests } = await runAgainst(routes, ["traces", "list", "status:error", "since:1h"]);
    expect(new URL(`http://x${requests[0]?.path}`).searchParams.get("q")).toBe("status:error since:1h");
    expect(io.out()).toMatch(/4736 {2}2026-11-29T10:00:00.000Z {2}SendMessage {2}planner {2}2\.1 s {2}3 {6}1\n/);
    expect((await runAgainst(routes, ["traces", "--json"])).io.document()).toEqual({ traces: [trace] });
  });

  test("are shown as a tree with how long each part took", async () => {
    const span = (spanId: string, name: string, from: number, took: number, more: object = {}): object => ({
      source: "platform",
      traceId,
      spanId,
      name,
      kind: "internal",
      startUs: startUs + from * 1_000,
      endUs: startUs + (from + took) * 1_000,
      status: "ok",
      attributes: {},
      ...more,
    });
    const spans = [
      span("a", "SendMessage", 0, 1_000),
      span("c", "chat gpt", 500, 500, { parentSpanId: "b", status: "error", statusMessage: "no room" }),
      span("b", "invoke_agent", 0, 1_000, { parentSpanId: "a", agent: "planner" }),
      span("d", "memory", 0, 250, { parentSpanId: "b" }),
      span("x", "round", 0, 1, { parentSpanId: "x" }),
    ];
    const json = { traceId, spans, truncated: false, taskIds: [], siblings: ["f".repeat(32)] };
    const { io } = await runAgainst({ [`GET /v1/traces/${traceId}`]: { json } }, ["traces", "show", traceId]);
    expect(io.out().split("\n").slice(0, 5)).toEqual([
      "━━━━━━━━━━━━━━━━━━━━━━━━     1.0 s  SendMessage",
      "━━━━━━━━━━━━━━━━━━━━━━━━     1.0 s  └ invoke_agent planner",
      "━━━━━━━·················    250 ms    ├ memory",
      "············━━━━━━━━━━━━    500 ms    └ chat gpt ✗ no room",
      "━·······················      1 ms  round",
    ]);
    expect(io.out()).toContain("Other traces of its tasks: ffff");
  });

  test("of a task are found by its id", async () => {
    const routes = { "GET /v1/tasks/task_1/telemetry": { json: { spans: [], logs: [], truncated: false } } };
    expect((await runAgainst(routes, ["traces", "show", "task_1"])).io.out()).toBe("No spans.\n");
  });
});

describe("telemetry destinations", () => {
  const destination = {
    name: "honeycomb",
    url: "https://api.honeycomb.io",
    encoding: "protobuf",
    signals: ["traces"],
    headers: {},
    secretHeaders: { "x-honeycomb-team": "HONEYCOMB_KEY" },
    sampleRatio: 0.1,
    redact: [],
    deltaMetrics: false,
    enabled: true,
    createdAt: "",
    updatedAt: "",
  };
  const put = { "PUT /v1/telemetry/destinations/honeycomb": { json: destination } };
  const add = ["telemetry", "destinations", "add", "honeycomb", "https://api.honeycomb.io"];

  test("are listed with how it goes", async () => {
    const state = { waiting: 2, waitingBytes: 9, sent: 40, dropped: 1, lastError: "HTTP 503" };
    const routes = { "GET /v1/telemetry/destinations": { json: { destinations: [{ ...destination, state }] } } };
    const { io } = await runAgainst(routes, ["telemetry", "destinations"]);
    expect(io.out()).toMatch(/honeycomb {2}https:\/\/api\.honeycomb\.io {2}traces {3}40 {4}2 {8}1 {8}HTTP 503/);
  });

  test("are added with secrets by their names", async () => {
    const options = [
      "--secret-header",
      "x-honeycomb-team=HONEYCOMB_KEY",
      "--signals",
      "traces",
      "--sample",
      "0.1",
      "--redact",
      "a,b.*",
    ];
    const { io, requests } = await runAgainst(put, [...add, ...options]);
    expect(JSON.parse(requests[0]?.body ?? "")).toEqual({
      url: "https://api.honeycomb.io",
      headers: {},
      secretHeaders: { "x-honeycomb-team": "HONEYCOMB_KEY" },
      encoding: "protobuf",
      deltaMetrics: false,
      enabled: true,
      signals: ["traces"],
      sampleRatio: 0.1,
      redact: ["a", "b.*"],
    });
    expect(io.out()).toContain("a2a telemetry destinations test honeycomb");
  });

  test.each([
    ["a header without a value", ["--secret-header", "x"], "has no ="],
    ["an unknown signal", ["--signals", "profiles"], "no signal"],
    ["a share that is none", ["--sample", "2"], "from 0 to 1"],
    ["an unknown encoding", ["--encoding", "xml"], "protobuf or json"],
  ])("are refused with %s before anything is sent", async (_what, options, said) => {
    const { code, io, requests } = await runAgainst(put, [...add, ...options]);
    expect([code, requests]).toEqual([2, []]);
    expect(io.err()).toContain(said);
  });

  test("are tried, and fail when the receiver refuses", async () => {
    const path = "POST /v1/telemetry/destinations/honeycomb/test";
    const argv = ["telemetry", "destinations", "test", "honeycomb"];
    const good = await runAgainst({ [path]: { json: { ok: true, status: 200, detail: "HTTP 200", ms: 40 } } }, argv);
    expect([good.code, good.io.out()]).toEqual([0, "✓ HTTP 200 in 40 ms\n"]);
    const bad = await runAgainst({ [path]: { json: { ok: false, status: 401, detail: "HTTP 401", ms: 40 } } }, argv);
    expect([bad.code, bad.io.out()]).toEqual([1, "✗ HTTP 401 in 40 ms\n"]);
  });

  test("are removed after a question, and explained by their three words", async () => {
    const routes = { "DELETE /v1/telemetry/destinations/honeycomb": { status: 204 } } as const;
    const remove = ["telemetry", "destinations", "remove", "honeycomb"];
    const kept = await runAgainst(routes, remove, { tty: true, input: "n\n" });
    expect([kept.code === 0, kept.requests]).toEqual([false, []]);
    expect((await runAgainst(routes, [...remove, "--yes", "--json"])).io.document()).toEqual({
      name: "honeycomb",
      removed: true,
    });
    expect((await runAgainst({}, ["help", "telemetry", "destinations", "test"])).io.out()).toContain(
      "Send one sample span",
    );
    expect((await runAgainst({}, ["telemetry", "destinations", "tst"])).io.err()).toContain("Did you mean test");
  });
});

test("a key for telemetry alone can be made", async () => {
  const created = { id: "key_1", name: "otel", scopes: ["ingest"], key: "brk_secret" };
  const routes = { "POST /v1/keys": { status: 201, json: created } };
  const { requests } = await runAgainst(routes, ["keys", "create", "otel", "--scope", "ingest", "--agent", "planner"]);
  expect(JSON.parse(requests[0]?.body ?? "")).toEqual({ name: "otel", scopes: ["ingest"], agents: ["planner"] });
});
