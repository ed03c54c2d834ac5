import { PlatformError } from "@berth/protocol";
import { OutboundError } from "@berth/runtime";
import type { OutboundHttp } from "@berth/runtime";
import { expect, test } from "vitest";
import { createTargetHttp } from "./target-http.ts";
import type { TargetAccess } from "./target-http.ts";

type Exchange = OutboundHttp["exchange"];
type Sent = Parameters<Exchange>[0];

const signal = new AbortController().signal;

function httpOver(
  answer: (sent: Sent) => Awaited<ReturnType<Exchange>>,
  access: Partial<TargetAccess> = {},
): { readonly http: ReturnType<typeof createTargetHttp>; readonly sent: Sent[] } {
  const sent: Sent[] = [];
  const exchange: Exchange = async (request) => {
    sent.push(request);
    return answer(request);
  };
  const http = createTargetHttp({
    endpoint: "https://cluster.example:6443/base/",
    headers: async () => ({ authorization: "Bearer of-the-target" }),
    outbound: { exchange },
    ...access,
  });
  return { http, sent };
}

function answerOf(...chunks: readonly string[]): Awaited<ReturnType<Exchange>> {
  const body = (async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk);
  })();
  return { status: 200, headers: { "Content-Type": "text/plain", vary: ["a", "b"] }, body };
}

const get = (url: string): Parameters<ReturnType<typeof httpOver>["http"]["send"]>[0] => ({
  method: "GET",
  url,
  timeoutMs: 1_000,
  signal,
});

test("a path is the endpoint's, with the target's own credential above all others", async () => {
  const { http, sent } = httpOver(() => answerOf("o", "k"));
  const answer = await http.send({ ...get("/api/v1/pods"), headers: { authorization: "Bearer mine", accept: "a" } });
  expect(sent[0]).toMatchObject({
    url: "https://cluster.example:6443/api/v1/pods",
    headers: { authorization: "Bearer of-the-target", accept: "a" },
  });
  expect([answer.status, answer.headers, Buffer.from(answer.body).toString()]).toEqual([
    200,
    { "content-type": "text/plain", vary: "a, b" },
    "ok",
  ]);
});

test.each([
  ["another host", "https://evil.example/"],
  ["another port", "https://cluster.example:8443/"],
  ["the same host without TLS", "http://cluster.example:6443/"],
  ["a host that only begins so", "https://cluster.example.evil.example:6443/"],
  ["an address without a scheme", "//evil.example/"],
])("%s gets neither a request nor a token", async (_what, url) => {
  let asked = 0;
  const headers = async (): Promise<Record<string, string>> => {
    asked += 1;
    return {};
  };
  const { http, sent } = httpOver(() => answerOf(), { headers });
  await expect(http.send(get(url))).rejects.toMatchObject({ reason: "TARGET_FAILED" });
  await expect(http.lines({ url, signal })[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    reason: "TARGET_FAILED",
  });
  expect([sent.length, asked]).toEqual([0, 0]);
});

test("hosts that are trusted are called besides, and at a private endpoint all of them there", async () => {
  const google = { endpoint: "https://www.googleapis.com", trusts: (host: string) => host.endsWith(".googleapis.com") };
  const { http, sent } = httpOver(() => answerOf(), google);
  await http.send(get("https://run.googleapis.com/v2/x?y=1"));
  const moved = { ...google, endpoint: "http://127.0.0.1:9", insteadOf: ".googleapis.com" };
  const elsewhere = httpOver(() => answerOf(), moved);
  await elsewhere.http.send(get("https://run.googleapis.com/v2/x?y=1"));
  expect([sent[0]?.url, elsewhere.sent[0]?.url]).toEqual([
    "https://run.googleapis.com/v2/x?y=1",
    "http://127.0.0.1:9/v2/x?y=1",
  ]);
  await expect(elsewhere.http.send(get("https://evil.example/googleapis.com"))).rejects.toMatchObject({
    reason: "TARGET_FAILED",
  });
});

test("lines come whole, whatever pieces they arrive in, and none is longer than 64 KiB", async () => {
  const { http, sent } = httpOver(() => answerOf("on", "e\ntw", "o\n", "x".repeat(100_000), "\nlast"));
  const lines: string[] = [];
  for await (const line of http.lines({ url: "/log", signal })) lines.push(line);
  expect(lines.map((line) => (line.length > 20 ? line.length : line))).toEqual(["one", "two", 65_536, "last"]);
  expect(sent[0]).toMatchObject({ method: "GET", idleMs: 120_000 });
});

test("what is not reached is told with what to do, and an end that was asked for is no failure of the target", async () => {
  const refused = httpOver(() => {
    throw new OutboundError("refused", "10.0.0.1 is a private address");
  });
  await expect(refused.http.send(get("/"))).rejects.toMatchObject({
    reason: "TARGET_FAILED",
    hint: expect.stringContaining("BERTH_OUTBOUND_ALLOW"),
  });
  const stop = new AbortController();
  const reason = new PlatformError("CANCELED", "Enough.");
  const canceled = httpOver(() => {
    stop.abort(reason);
    throw new Error("aborted");
  });
  await expect(canceled.http.send({ ...get("/"), signal: stop.signal })).rejects.toBe(reason);
});

test("an answer that takes too long ends, with at most 4 MiB of it read", async () => {
  const { http, sent } = httpOver((request) => {
    request.signal?.throwIfAborted();
    return answerOf();
  });
  await http.send(get("/"));
  expect(sent[0]).toMatchObject({ maxBytes: 4 * 1024 * 1024, idleMs: 1_000 });
  const never = httpOver((request) => {
    const body = (async function* () {
      await new Promise((_resolve, reject) => {
        request.signal?.addEventListener("abort", () => reject(new Error("aborted")));
      });
      yield Buffer.from("");
    })();
    return { status: 200, headers: {}, body };
  });
  await expect(never.http.send({ ...get("/"), timeoutMs: 10 })).rejects.toMatchObject({ reason: "TARGET_FAILED" });
});
