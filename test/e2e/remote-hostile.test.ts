import type { ServerResponse } from "node:http";
import { PlatformProcess, temporaryFolder } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listen } from "./remote/listen.ts";
import type { ListeningServer } from "./remote/listen.ts";

// What an agent elsewhere may do to us at import and in a call. Every case ends by itself, within its bound.

const folder = temporaryFolder();
let platform: PlatformProcess;

beforeAll(async () => {
  const env = { BERTH_OUTBOUND_ALLOW: "127.0.0.1:*" };
  platform = await PlatformProcess.start({ home: `${folder.path}/home`, env });
});

afterAll(async () => {
  await platform.stop();
  folder[Symbol.dispose]();
});

// Answers are asserted field by field.
// oxlint-disable-next-line typescript/no-explicit-any
type Json = any;

async function post(path: string, body: unknown): Promise<{ readonly status: number; readonly json: Json }> {
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await platform.fetch(path, init);
  return { status: response.status, json: await response.json() };
}

function cardAt(url: string, name = "hostile"): string {
  return JSON.stringify({
    name,
    description: "Means harm.",
    version: "1",
    supportedInterfaces: [{ url, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
    capabilities: { streaming: true },
    defaultInputModes: ["text/plain"],
    defaultOutputModes: ["text/plain"],
    skills: [],
  });
}

/** Writes until the other side has had enough. */
function pour(response: ServerResponse, chunk: string): void {
  response.on("error", () => {});
  const write = (): void => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once("drain", write);
  };
  write();
}

const atCard = (answer: (response: ServerResponse) => void): Promise<ListeningServer> =>
  listen(() => (_request, response) => answer(response));

test("a card that redirects to the metadata service is not followed there", async () => {
  const location = "http://169.254.169.254/latest/meta-data/";
  await using server = await atCard((response) => response.writeHead(302, { location }).end());
  const { json } = await post("/v1/agents/import", { url: server.url });
  expect(json).toMatchObject({ reason: "CARD_INVALID", detail: expect.stringContaining("redirects are not followed") });
});

test("a card of any size is read up to 1 MiB and no further", async () => {
  let written = 0;
  await using server = await atCard((response) => {
    const chunk = " ".repeat(64 * 1024);
    response.on("error", () => {});
    const write = (): void => {
      while (!response.destroyed && written < 50_000_000) {
        written += chunk.length;
        if (!response.write(chunk)) return void response.once("drain", write);
      }
    };
    write();
  });
  const { json } = await post("/v1/agents/import", { url: server.url });
  expect(json).toMatchObject({ reason: "CARD_INVALID", detail: expect.stringContaining("1 MiB") });
  // What stands in the buffers of both kernels was written, and nothing near the whole.
  expect(written).toBeLessThan(25_000_000);
});

test.each(["http://169.254.169.254/rpc", "http://10.0.0.1/rpc", "http://[::1]:1/rpc", "file:///etc/passwd"])(
  "a card that leads to %s is refused",
  async (target) => {
    await using server = await atCard((response) => response.end(cardAt(target)));
    const { status, json } = await post("/v1/agents/import", { url: server.url });
    expect([status, json.reason], JSON.stringify(json)).toEqual([expect.any(Number), "CARD_INVALID"]);
  },
);

test.each(["http://192.168.0.1/", "http://[::1]:1/", "file:///etc/passwd", "http://me:secret@127.0.0.1/"])(
  "the address %s is not called at all",
  async (url) => {
    const { status, json } = await post("/v1/agents/import", { url });
    expect([status, json.reason], JSON.stringify(json)).toEqual([400, "INVALID_PARAMS"]);
  },
);

test.each([
  ["a stream that says nothing for ever", ": still here\n\n".repeat(10_000), "INVALID_AGENT_RESPONSE", "64 MiB"],
  ["a line without end", "x".repeat(100_000), "INVALID_AGENT_RESPONSE", "longer than"],
])("%s is cut", async (_what, chunk, reason, said) => {
  await using server = await listen((url) => (request, response) => {
    request.resume();
    if (request.method === "GET") response.end(cardAt(`${url}/rpc`));
    else pour(response.writeHead(200, { "content-type": "text/event-stream" }), chunk);
  });
  const imported = await post("/v1/agents/import", { url: server.url });
  expect(imported.status, JSON.stringify(imported.json)).toBe(201);
  const { json } = await post("/agents/hostile/message:send", {
    message: { messageId: `m-${said}`, role: "ROLE_USER", parts: [{ text: "go" }] },
  });
  expect(json.task.status, JSON.stringify(json)).toMatchObject({
    state: "TASK_STATE_FAILED",
    message: { parts: [{ text: expect.stringContaining(said) }], metadata: { reason } },
  });
});

test("a call that is redirected ends there, and the credential goes nowhere else", async () => {
  const seen: unknown[] = [];
  await using thief = await listen(() => (request, response) => {
    seen.push(request.headers);
    response.end();
  });
  await using server = await listen((url) => (request, response) => {
    request.resume();
    if (request.method === "GET") response.end(cardAt(`${url}/rpc`, "redirector"));
    else response.writeHead(307, { location: `${thief.url}/rpc` }).end();
  });
  await post("/v1/agents/import", { url: server.url, credential: "s3cret" });
  const { json } = await post("/agents/redirector/message:send", {
    message: { messageId: "m-redirect", role: "ROLE_USER", parts: [{ text: "go" }] },
  });
  expect(json.task.status).toMatchObject({
    state: "TASK_STATE_FAILED",
    message: { parts: [{ text: expect.stringContaining("HTTP 307") }], metadata: { reason: "AGENT_ERROR" } },
  });
  expect(seen).toEqual([]);
});
