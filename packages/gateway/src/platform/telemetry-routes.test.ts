import type { LogRecord, SpanRecord } from "@berth/telemetry";
import { waitFor } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHouse } from "../gateway.fixture.ts";
import type { Answer, House, Json } from "../gateway.fixture.ts";

let house: House;
let key: string;
const nowUs = Date.now() * 1_000;

const log = (index: number): LogRecord => ({
  source: "stdout",
  agent: "scripted",
  instanceId: "ins_1",
  atUs: nowUs - 10_000 + index,
  severity: index % 10 === 0 ? 17 : 9,
  body: `line ${index}`,
  attributes: {},
});
const span = (index: number): SpanRecord => ({
  source: "agent",
  agent: "scripted",
  traceId: index.toString(16).padStart(32, "a"),
  spanId: index.toString(16).padStart(16, "b"),
  name: `work ${index}`,
  kind: "internal",
  startUs: nowUs - 1_000_000 + index,
  endUs: nowUs - 999_000 + index,
  status: "ok",
  attributes: {},
});
const LINES = 2_500;

beforeAll(async () => {
  house = await openHouse();
  key = await house.key("read");
  const { sink } = house.control.telemetry;
  sink.logs(
    "org_default",
    Array.from({ length: LINES }, (_, index) => log(index)),
  );
  sink.spans("org_default", [span(1), span(2), span(3)]);
  const last = `line ${LINES - 1}`;
  await waitFor("the last line", async () => (await get("/v1/logs?limit=1")).json.logs[0]?.body === last);
});
afterAll(async () => await house[Symbol.asyncDispose]());

const get = async (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
  await house.call(path, { token: key, headers });

describe("logs", () => {
  test("are listed page by page, in both directions, without a gap or a repeat", async () => {
    const first = (await get("/v1/logs?limit=3")).json;
    const second = (await get(`/v1/logs?limit=3&before=${first.next}`)).json;
    const bodies = [...first.logs, ...second.logs].map(({ body }: Json) => body);
    expect(bodies).toEqual([1, 2, 3, 4, 5, 6].map((back) => `line ${LINES - back}`));
    const after = (await get(`/v1/logs?limit=2&after=${second.logs[2].id}`)).json;
    expect(after.logs.map(({ body }: Json) => body)).toEqual([`line ${LINES - 5}`, `line ${LINES - 4}`]);
    expect((await get("/v1/logs?order=newest&after=1")).status).toBe(400);
  });

  test("are filtered by a query, which says where it is wrong", async () => {
    const { logs } = (await get("/v1/logs?q=level:error&limit=2")).json;
    expect(logs.map(({ body }: Json) => body)).toEqual(["line 2490", "line 2480"]);
    const wrong = await get("/v1/logs?q=lvl:%3E%3E");
    expect([wrong.status, wrong.json.reason]).toEqual([400, "INVALID_PARAMS"]);
  });

  test("are downloaded whole, one document a line", async () => {
    const answer = await get("/v1/logs?q=agent:scripted", { accept: "application/x-ndjson" });
    expect([answer.headers["content-type"], answer.headers["content-disposition"]]).toEqual([
      "application/x-ndjson",
      'attachment; filename="logs.ndjson"',
    ]);
    const lines = answer.text.trim().split("\n");
    expect([lines.length, JSON.parse(lines.at(-1) ?? "").body]).toEqual([LINES, "line 0"]);
    const few = await get("/v1/logs?limit=1001", { accept: "application/x-ndjson" });
    expect(few.text.trim().split("\n")).toHaveLength(1_001);
  });

  test("are counted over time and by field, and shown with their surroundings", async () => {
    const range = `from=${nowUs - 1_000_000}&to=${nowUs + 1_000_000}`;
    const { buckets } = (await get(`/v1/logs/histogram?${range}&buckets=2&q=agent:scripted`)).json;
    const sum = buckets.reduce((all: number, { counts }: Json) => all + (counts.error ?? 0), 0);
    expect(sum).toBe(LINES / 10);
    expect((await get("/v1/logs/facets?field=level&q=agent:scripted")).json.values).toEqual([
      { value: "info", count: (LINES * 9) / 10 },
      { value: "error", count: LINES / 10 },
    ]);
    expect((await get("/v1/logs/facets?field=body")).status).toBe(400);
    const [one] = (await get("/v1/logs?q=%22line%202100%22&limit=1")).json.logs;
    const { logs } = (await get(`/v1/logs/${one.id}/context?before=1&after=2`)).json;
    expect(logs.map(({ body }: Json) => body)).toEqual(["line 2099", "line 2100", "line 2101", "line 2102"]);
  });
});

describe("spans", () => {
  test("and traces are listed page by page, newest first", async () => {
    for (const [path, member] of [
      ["/v1/spans?q=agent:scripted", "spans"],
      ["/v1/traces?q=agent:scripted", "traces"],
    ] as const) {
      const first = (await get(`${path}&limit=2`)).json;
      const rest = (await get(`${path}&limit=2&before=${first.next}`)).json;
      const names = [...first[member], ...rest[member]].map(({ name, rootName }: Json) => name ?? rootName);
      expect(names, path).toEqual(["work 3", "work 2", "work 1"]);
      expect(rest.next).toBeUndefined();
      expect((await get(`${path}&before=nonsense`)).status).toBe(400);
    }
  });

  test("of a trace that is not there are not found", async () => {
    expect((await get(`/v1/traces/${span(1).traceId}`)).json.spans).toHaveLength(1);
    const answer = await get(`/v1/traces/${"c".repeat(32)}`);
    expect([answer.status, answer.json.reason]).toEqual([404, "TRACE_NOT_FOUND"]);
  });
});

test("metrics are named, and read as points", async () => {
  const point = {
    source: "agent",
    agent: "scripted",
    name: "calls",
    unit: "1",
    type: "sum",
    atUs: nowUs,
    attributes: {},
    value: 3,
  } as const;
  house.control.telemetry.sink.metrics("org_default", [point]);
  await expect.poll(async () => (await get("/v1/metrics/names")).json.metrics.length).toBeGreaterThan(0);
  expect((await get("/v1/metrics/points?name=calls")).json.points).toMatchObject([{ value: 3 }]);
  expect((await get("/v1/metrics/points")).status).toBe(400);
  expect((await get("/v1/telemetry/usage")).json).toMatchObject({ logBytes: expect.any(Number), dropped: 0 });
});

test("destinations show secrets by their names, and refuse what does not fit with every field", async () => {
  const at = "/v1/telemetry/destinations/mine";
  const body = { url: "https://otlp.example.com/", secretHeaders: { "x-key": "KEY" }, sampleRatio: 0.5 };
  const put = await house.call(at, { method: "PUT", token: house.admin, body });
  expect(put.json).toMatchObject({
    name: "mine",
    url: "https://otlp.example.com",
    encoding: "protobuf",
    sampleRatio: 0.5,
  });
  const wrong = { url: 1, encoding: "xml", signals: ["profiles"], redact: "x", headers: { a: 1 }, sampleRatio: "all" };
  const refused = await house.call(at, { method: "PUT", token: house.admin, body: wrong });
  expect(refused.json.violations.map(({ field }: Json) => field)).toEqual([
    "url",
    "encoding",
    "sampleRatio",
    "redact",
    "signals",
    "headers",
  ]);
  const { destinations } = (await house.call("/v1/telemetry/destinations", { token: house.admin })).json;
  expect(destinations).toMatchObject([{ name: "mine", state: { waiting: 0, sent: 0, dropped: 0 } }]);
  expect((await house.call(at, { method: "DELETE", token: house.admin })).status).toBe(204);
});
