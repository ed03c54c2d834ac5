import { describe, expect, test } from "vitest";
import { createPlatformClient } from "./platform-client.ts";

interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: unknown;
}

/** A platform that gives the answers in order and remembers what it was asked. */
function platform(...answers: readonly Response[]): { client: ReturnType<typeof createPlatformClient>; sent: Sent[] } {
  const sent: Sent[] = [];
  const waiting = [...answers];
  const fake: typeof fetch = async (url, init) => {
    // The client under test always passes a string.
    sent.push({
      url: url as string,
      method: init?.method ?? "",
      headers: new Headers(init?.headers),
      body: init?.body,
    });
    const answer = waiting.shift();
    if (answer === undefined) throw new TypeError("fetch failed", { cause: new Error("connection refused") });
    return answer;
  };
  return { client: createPlatformClient({ url: "http://p/", token: "secret", fetch: fake }), sent };
}

const json = (body: unknown, status = 200): Response => Response.json(body, { status });
const events = (text: string): Response => new Response(text, { headers: { "content-type": "text/event-stream" } });

test("a call carries the token, its path and its filters", async () => {
  const { client, sent } = platform(json({ agents: [] }));
  await client.agents.list({ tag: ["a", "b c"], pageSize: 2 });
  expect(sent[0]).toMatchObject({ method: "GET", url: "http://p/v1/agents?tag=a&tag=b+c&pageSize=2" });
  expect(sent[0]?.headers.get("authorization")).toBe("Bearer secret");
});

test("a name cannot leave its place in the path", async () => {
  const { client, sent } = platform(json({}));
  await client.agents.get("../keys?x");
  expect(sent[0]?.url).toBe("http://p/v1/agents/..%2Fkeys%3Fx");
});

test("an archive is sent as it is", async () => {
  const { client, sent } = platform(json({ deploymentId: "dep_1" }, 202));
  const archive = new Uint8Array([31, 139]);
  expect(await client.deployments.create({ source: archive, trust: true })).toEqual({ deploymentId: "dep_1" });
  expect(sent[0]).toMatchObject({ method: "POST", url: "http://p/v1/deployments?trust=true", body: archive });
  expect(sent[0]?.headers.get("content-type")).toBe("application/gzip");
});

test("an empty answer to a removal is fine", async () => {
  const { client } = platform(new Response(null, { status: 204 }));
  await expect(client.agents.remove("echo")).resolves.toBeUndefined();
});

test("readiness tells draining from absent", async () => {
  const { client } = platform(json({ status: "ready" }), json({ reason: "SHUTTING_DOWN" }, 503));
  expect(await client.ready()).toBe(true);
  expect(await client.ready()).toBe(false);
  await expect(client.ready()).rejects.toMatchObject({ name: "ConnectionError", message: /connection refused/ });
});

test("a receipt that is being sealed is an error to retry", async () => {
  const { client } = platform(new Response("{}", { status: 202, headers: { "retry-after": "1" } }));
  const receipt = client.receipts.forTask("echo", "task_1");
  await expect(receipt).rejects.toMatchObject({ reason: "RECEIPT_PENDING", retryable: true });
});

describe("following a deployment", () => {
  test("goes on after the last event when the connection ends early", async () => {
    const { client, sent } = platform(
      events('id: 1\nevent: step\ndata: {"name":"unpack"}\n\nid: 2\nevent: log\ndata: {"text":"hi"}\n\n'),
      events('id: 3\nevent: done\ndata: {"status":"live"}\n\n'),
    );
    const kinds: string[] = [];
    for await (const update of client.deployments.follow("dep_1")) kinds.push(update.kind);
    expect(kinds).toEqual(["step", "log", "done"]);
    expect(sent.map(({ headers }) => headers.get("last-event-id"))).toEqual([null, "2"]);
  });

  test("ends with the error the server names", async () => {
    const { client } = platform(json({ reason: "DEPLOYMENT_NOT_FOUND", detail: "No." }, 404));
    const read = async (): Promise<void> => {
      for await (const update of client.deployments.follow("dep_1")) expect(update).toBeUndefined();
    };
    await expect(read()).rejects.toMatchObject({ reason: "DEPLOYMENT_NOT_FOUND" });
  });
});
