import { TaskState } from "@berth/protocol";
import type { TurnScript } from "@berth/testing";
import { scriptedCard, scriptedConfig, waitFor } from "@berth/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openHouse, publish } from "../gateway.fixture.ts";
import type { House, Json } from "../gateway.fixture.ts";
import { ModernClient, toCall } from "./mcp.fixture.ts";

const PATH = "/agents/scripted/mcp";

let house: House;
let client: ModernClient;
let pieces: Pieces;
beforeAll(async () => {
  house = await openHouse();
  client = new ModernClient(house);
  await publish(house.store, "guide", { config: scriptedConfig({ visibility: "public" }), card: guideCard("A") });
});
beforeEach(() => {
  pieces = new Pieces();
  house.connector.script = pieces.script;
});
afterAll(async () => await house[Symbol.asyncDispose]());

describe("a subscription of 2026", () => {
  test("tells of what a task produces, piece by piece, until the task is over", async () => {
    const { uri } = await begin();
    const notifications = {
      resourceSubscriptions: [uri, uri, uri.replace(/0$/, "1"), "berth://tasks/task_no/artifacts/0"],
    };
    const { events } = await house.open(
      PATH,
      toCall("subscriptions/listen", { notifications }, { id: 7, token: house.admin }),
    );
    const next = async (): Promise<Json> => (await events.next()).value?.data;
    expect((await next()).params.notifications).toEqual({ resourceSubscriptions: [uri, uri.replace(/0$/, "1")] });
    pieces.give("b");
    const _meta = { "io.modelcontextprotocol/subscriptionId": 7 };
    expect(await next()).toEqual({ jsonrpc: "2.0", method: "notifications/resources/updated", params: { _meta, uri } });
    const { contents, ttlMs } = await client.result("resources/read", { uri }, { token: house.admin });
    expect([contents.map(({ text }: Json) => text).join(""), ttlMs]).toEqual(["ab", 0]);
    pieces.end();
    expect(await next()).toMatchObject({ method: "notifications/resources/updated" });
    expect(await next()).toMatchObject({ id: 7, result: { resultType: "complete" } });
    expect((await client.result("resources/read", { uri }, { token: house.admin })).ttlMs).toBeGreaterThan(0);
  });

  test("takes so many resources and no more", async () => {
    const resourceSubscriptions = Array.from({ length: 101 }, (_, n) => `x:${n}`);
    const { json } = await client.call("subscriptions/listen", { notifications: { resourceSubscriptions } });
    expect(json.error.code).toBe(-32602);
  });

  test("tells when an agent publishes something else", async () => {
    const uri = "guide://a";
    const notifications = { resourceSubscriptions: [uri] };
    const { events, close } = await house.open(
      "/agents/guide/mcp",
      toCall("subscriptions/listen", { notifications }, {}),
    );
    await events.next();
    await publish(house.store, "guide", {
      releaseId: "rel_guide_2",
      config: scriptedConfig({ visibility: "public" }),
      card: guideCard("B"),
    });
    expect((await events.next()).value?.data).toMatchObject({
      method: "notifications/resources/updated",
      params: { uri },
    });
    close();
  });
});

describe("a subscription of 2025", () => {
  test("is told on the session's own stream, and ends with it or when the client says so", async () => {
    const { uri } = await begin();
    const session = await openSession();
    const { events, close } = await house.open(PATH, { headers: session, token: house.admin });
    const next = async (): Promise<Json> => (await events.next()).value?.data;
    expect(await rpc("resources/subscribe", uri, session)).toMatchObject({ result: {} });
    pieces.give("b");
    const updated = { jsonrpc: "2.0", method: "notifications/resources/updated", params: { uri } };
    expect(await next()).toEqual(updated);
    expect(await rpc("resources/unsubscribe", uri, session)).toMatchObject({ result: {} });
    let heard: Json;
    void next().then((data) => (heard = data));
    pieces.give("c");
    await waitFor("the piece", async () => (await read(uri)).endsWith("c"));
    expect(await rpc("resources/subscribe", uri, session)).toMatchObject({ result: {} });
    expect(heard).toBeUndefined();
    pieces.give("d");
    await waitFor("the news", () => heard !== undefined);
    expect(heard).toEqual(updated);
    close();
    pieces.end();
  });

  test("that was made before the stream was opened is told on it", async () => {
    const { uri } = await begin();
    const session = await openSession();
    await rpc("resources/subscribe", uri, session);
    const first = await house.open(PATH, { headers: session, token: house.admin });
    const second = await house.open(PATH, { headers: session, token: house.admin });
    // One stream a session: the newer one has it.
    expect((await first.events.next()).done).toBe(true);
    let heard: Json;
    void second.events.next().then(({ value }) => (heard = value?.data));
    await waitFor("the news", () => {
      if (heard === undefined) pieces.give("b");
      return heard !== undefined;
    });
    expect(heard.params).toEqual({ uri });
    second.close();
    pieces.end();
  });

  test("is for what is there and one's own", async () => {
    const { uri } = await begin();
    const session = await openSession();
    for (const other of ["guide://nope", "berth://tasks/task_no/artifacts/0", ""]) {
      expect((await rpc("resources/subscribe", other, session)).error.code, other).toBe(-32602);
    }
    pieces.end();
    await waitFor("the end", async () => (await read(uri)) === "a.");
    expect((await rpc("resources/subscribe", uri.replace(/0$/, "9"), session)).error.code).toBe(-32602);
    const open = async (path: string, headers: object, token?: string): Promise<number> =>
      (await house.call(path, { headers: { ...session, ...headers }, ...(token === undefined ? {} : { token }) }))
        .status;
    expect(await open(PATH, {})).toBe(404);
    expect(await open(PATH, { "mcp-protocol-version": "2026-07-28" }, house.admin)).toBe(405);
    expect(await open(PATH, { origin: "https://evil.example.com" }, house.admin)).toBe(403);
    expect(await open("/agents/nope/mcp", {}, house.admin)).toBe(404);
  });

  test("opens nothing at an agent that one may not see", async () => {
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } };
    const { headers } = await house.call(PATH, { body: { jsonrpc: "2.0", id: 0, method: "initialize", params } });
    const session = { "mcp-session-id": String(headers["mcp-session-id"]) };
    for (const name of ["hidden", "nope"]) {
      expect((await house.call(`/agents/${name}/mcp`, { headers: session })).status, name).toBe(401);
    }
  });
});

test("pieces of a result are progress, in short", async () => {
  pieces.give("b".repeat(2_000));
  pieces.end();
  const accept = { accept: "application/json, text/event-stream" };
  const params = { name: "echo", arguments: { message: "x" }, _meta: { progressToken: "p" } };
  const { events } = await house.open(PATH, toCall("tools/call", params, { headers: accept }));
  const heard: Json[] = [];
  for await (const { data } of events) heard.push(data);
  expect(heard.slice(0, -1).map(({ params: { progress, message } }) => [progress, message])).toEqual([
    [0, "a"],
    [1, `${"b".repeat(1_000)}…`],
    [2, "."],
  ]);
  expect(
    heard
      .at(-1)
      .result.content.map(({ text }: Json) => text)
      .join(""),
  ).toBe(`a${"b".repeat(2_000)}.`);
});

/** A result in pieces, as a test gives them: "a" at once, "." at the end. */
class Pieces {
  readonly #given: string[] = [];
  #wake: () => void = () => undefined;

  readonly script: TurnScript = (_turn, agent, signal) => {
    const given = this.#given;
    const woken = async (): Promise<void> =>
      await new Promise((resolve) => {
        this.#wake = resolve;
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    return (async function* () {
      yield agent.task();
      yield agent.artifact("a", { append: true, lastChunk: false });
      for (;;) {
        if (given.length === 0) await woken();
        if (signal.aborted) return;
        const piece = given.shift();
        if (piece === undefined) continue;
        const isLast = piece === ".";
        yield agent.artifact(piece, { append: true, lastChunk: isLast });
        if (isLast) break;
      }
      yield agent.status(TaskState.Completed);
    })();
  };

  give(piece: string): void {
    this.#given.push(piece);
    this.#wake();
  }

  end(): void {
    this.give(".");
  }
}

/** A task of the admin that has its first piece. */
async function begin(): Promise<{ readonly uri: string }> {
  const { task_id } = await started();
  const uri = `berth://tasks/${task_id}/artifacts/0`;
  await waitFor("the first piece", async () => (await read(uri)) === "a");
  return { uri };
}

async function started(): Promise<Json> {
  const { json } = await house.rpc(
    "SendMessage",
    {
      message: { messageId: `m-${Math.random()}`, role: "ROLE_USER", parts: [{ text: "x" }] },
      configuration: { returnImmediately: true },
    },
    { token: house.admin },
  );
  return { task_id: json.result.task.id };
}

async function read(uri: string): Promise<string> {
  const { json } = await client.call("resources/read", { uri }, { token: house.admin });
  return (json.result?.contents ?? []).map(({ text }: Json) => text).join("");
}

async function openSession(): Promise<{ readonly "mcp-session-id": string }> {
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } };
  const body = { jsonrpc: "2.0", id: 0, method: "initialize", params };
  const { headers } = await house.call(PATH, { token: house.admin, body });
  return { "mcp-session-id": String(headers["mcp-session-id"]) };
}

async function rpc(method: string, uri: string, headers: { readonly "mcp-session-id": string }): Promise<Json> {
  const body = { jsonrpc: "2.0", id: 1, method, params: { uri } };
  return (await house.call(PATH, { token: house.admin, headers, body })).json;
}

function guideCard(text: string): ReturnType<typeof scriptedCard> {
  const params = { resources: [{ uri: "guide://a", name: "a", text }] };
  const extensions = [{ uri: "https://berth.dev/extensions/resources/v1", params }];
  return { ...scriptedCard(), capabilities: { streaming: true, extensions } };
}
