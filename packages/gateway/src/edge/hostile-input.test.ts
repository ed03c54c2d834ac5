import { connect } from "node:net";
import { waitFor } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHouse, textMessage } from "../gateway.fixture.ts";
import type { House } from "../gateway.fixture.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse({
    gateway: { limits: { headersTimeoutMs: 200, requestTimeoutMs: 400, maxBodyBytes: 100_000 } },
  });
});
afterAll(async () => await house[Symbol.asyncDispose]());

/** Whatever came in, the next caller is served and nothing was logged as a bug. */
async function expectUnharmed(): Promise<void> {
  expect((await house.call("/healthz")).json).toEqual({ status: "ok" });
  expect(house.log.filter((line) => line.includes("INTERNAL"))).toEqual([]);
}

const A2A_STATUS = 400;

/** Of a JSON-RPC answer, which a streaming method of 0.3 gives as an event. */
function errorOf(answer: string): { readonly code: number } | undefined {
  return JSON.parse(answer.replace(/^data: /, "")).error;
}

describe("hostile bodies", () => {
  test("that are too large are refused with 413, whether their length is told or not", async () => {
    const body = JSON.stringify(textMessage("x".repeat(200_000)));
    const told = await house.call("/agents/scripted/message:send", { body });
    expect(told.status).toBe(413);
    expect(told.json.error.details[0].reason).toBe("REQUEST_TOO_LARGE");
    const chunk = `${(10_000).toString(16)}\r\n${"x".repeat(10_000)}\r\n`;
    const head =
      "POST /agents/scripted/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    const untold = await house.raw(head + chunk.repeat(12) + "0\r\n\r\n");
    expect(untold).toContain("413 Payload Too Large");
    expect(untold).toContain("REQUEST_TOO_LARGE");
    await expectUnharmed();
  });

  test("of wrong types in every place are refused and never a bug of ours", async () => {
    const wrong: readonly unknown[] = [
      null,
      true,
      0,
      -1,
      1.5,
      "",
      "text",
      [],
      [[]],
      {},
      { a: 1 },
      { constructor: { prototype: 1 } },
      "\u0000",
      "\ud800",
    ];
    const places: readonly ((value: unknown) => unknown)[] = [
      (value) => value,
      (value) => ({ message: value }),
      (value) => textMessage("x", { parts: value }),
      (value) => textMessage("x", { parts: [value] }),
      (value) => textMessage("x", { parts: [{ text: value }] }),
      (value) => textMessage("x", { parts: [{ raw: value }] }),
      (value) => textMessage("x", { parts: [{ url: value }] }),
      (value) => textMessage("x", { messageId: value }),
      (value) => textMessage("x", { role: value }),
      (value) => textMessage("x", { taskId: value }),
      (value) => textMessage("x", { contextId: value }),
      (value) => textMessage("x", { metadata: value }),
      (value) => textMessage("x", { extensions: value }),
      (value) => ({ ...textMessage("x"), configuration: value }),
      (value) => ({ ...textMessage("x"), configuration: { historyLength: value } }),
      (value) => ({ ...textMessage("x"), configuration: { acceptedOutputModes: value } }),
      (value) => ({ ...textMessage("x"), configuration: { returnImmediately: value } }),
      (value) => ({ ...textMessage("x"), metadata: value }),
    ];
    for (const place of places) {
      for (const value of wrong) {
        const params = place(value);
        const said = JSON.stringify(params);
        const rest = await house.call("/agents/scripted/message:send", { body: said });
        expect([200, 400, 404], `${said} ${rest.text}`).toContain(rest.status);
        const rpc = await house.rpc("SendMessage", params);
        expect(rpc.status, `${said} ${rpc.text}`).toBe(200);
        expect([undefined, -32600, -32602, -32001], said).toContain(rpc.json.error?.code);
        const old = await house.rpc("message/send", params);
        expect([undefined, -32600, -32602, -32001], `${said} ${old.text}`).toContain(old.json.error?.code);
      }
    }
    await expectUnharmed();
  });

  test("of wrong types as parameters of every method are refused and never a bug of ours", async () => {
    const methods = [
      "GetTask",
      "ListTasks",
      "CancelTask",
      "SubscribeToTask",
      "SendStreamingMessage",
      "tasks/get",
      "tasks/cancel",
      "tasks/resubscribe",
      "message/stream",
    ];
    for (const method of methods) {
      for (const params of [
        null,
        1,
        "x",
        [],
        [1],
        { id: null },
        { id: 1 },
        { id: [] },
        { id: "" },
        { id: "../x" },
        { pageSize: "x" },
        { pageSize: -1 },
        { pageToken: {} },
        { status: 1 },
      ]) {
        const answer = await house.rpc(method, params);
        expect([undefined, -32602, -32001], `${method} ${JSON.stringify(params)} ${answer.text}`).toContain(
          errorOf(answer.text)?.code,
        );
      }
    }
    await expectUnharmed();
  });

  test("of another media type, charset, encoding, or none are refused with 415, by A2A's HTTP+JSON with its 400", async () => {
    const headers: readonly { readonly [name: string]: string }[] = [
      { "content-type": "text/plain" },
      { "content-type": "application/x-www-form-urlencoded" },
      { "content-type": "application/json; charset=utf-16" },
      { "content-type": "" },
      { "content-type": "application/json", "content-encoding": "gzip" },
    ];
    for (const each of headers) {
      for (const path of [
        "/agents/scripted/",
        "/agents/scripted/message:send",
        "/agents/scripted/tasks",
        "/agents/scripted/invoke/echo",
        "/agents/scripted/mcp",
      ]) {
        const answer = await house.call(path, { body: "{}", headers: each });
        // A2A 1.0.1 §5.4 has 400 for content types; the A2A kit of 1.0.0 wants 415.
        const status = path.endsWith("message:send") ? A2A_STATUS : 415;
        expect(answer.status, `${path} ${JSON.stringify(each)} ${answer.text}`).toBe(status);
      }
    }
  });

  test("that are not UTF-8, too deep, or reach for a prototype are refused", async () => {
    const bad = await house.call("/agents/scripted/", { body: new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]) });
    expect(bad.json.error.code).toBe(-32700);
    const deep = await house.call("/agents/scripted/invoke/echo", { body: "[".repeat(90_000) });
    expect(deep.json.reason).toBe("REQUEST_TOO_DEEP");
    const proto = await house.call("/agents/scripted/invoke/echo", { body: `{"__proto__":{"x":1}}` });
    expect(proto.json.reason).toBe("INVALID_REQUEST");
    await expectUnharmed();
  });
});

describe("hostile requests", () => {
  test("with a foreign Host are refused, except for the health routes", async () => {
    const foreign = { headers: { host: "evil.example.com" } };
    for (const path of ["/", "/v1/agents", "/agents/scripted/.well-known/agent-card.json"]) {
      const answer = await house.call(path, foreign);
      expect(answer.status).toBe(403);
      expect(answer.json.reason).toBe("HOST_NOT_ALLOWED");
    }
    expect((await house.call("/healthz", foreign)).status).toBe(200);
  });

  test("with a header twice that may be there once are refused", async () => {
    for (const line of [
      "Host: localhost",
      "Authorization: Bearer a",
      "Authorization: Bearer b",
      "Content-Type: text/plain",
      "A2A-Version: 1.0",
    ]) {
      const answer = await house.raw(
        `GET /v1/version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer x\r\nContent-Type: application/json\r\nA2A-Version: 0.3\r\n${line}\r\n\r\n`,
      );
      expect(answer, line).toContain("400 Bad Request");
    }
  });

  test("that are no HTTP, too long or smuggle are answered 4xx and closed", async () => {
    expect(await house.raw("nonsense\r\n\r\n")).toContain("400 Bad Request");
    expect(await house.raw(`GET /${"a".repeat(40_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`)).toContain("431");
    expect(
      await house.raw(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      ),
    ).toContain("400 Bad Request");
    expect(await house.raw("GET /v1/version HTTP/1.1\r\nConnection: close\r\n\r\n")).toContain("400 Bad Request");
    expect(
      await house.raw("GET http://evil.example.com/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
    ).toContain("404 Not Found");
    await expectUnharmed();
  });

  test("that climb or encode their way find nothing", async () => {
    for (const path of [
      "/../etc/passwd",
      "/agents/../v1/keys",
      "/agents/%2e%2e/v1/keys",
      "/agents/scripted/../../v1/keys",
      "/v1/%2e%2e/keys",
      "/agents/scripted/tasks/..%2f..%2fx",
      "/ledger/tile/..%2f..%2fkeys",
      "/agents//message:send",
      "//v1/keys",
    ]) {
      const { status } = await house.call(path);
      expect([401, 404, 405], path).toContain(status);
    }
    expect((await house.call("/v1/agents/%zz")).json.reason).toBe("INVALID_REQUEST");
    await expectUnharmed();
  });

  test("that come too slowly are ended", async () => {
    expect(await house.raw("GET / HTTP/1.1\r\nHost: local")).toContain("408 Request Timeout");
    const slow = await house.raw(
      "POST /agents/scripted/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
    );
    expect(slow).toContain("408 Request Timeout");
    await expectUnharmed();
  });

  test("whose callers vanish half way leave no error behind", async () => {
    const before = house.connector.turns.length;
    for (let i = 0; i < 10; i++) {
      const socket = connect(house.port, "127.0.0.1");
      socket.on("error", () => undefined);
      socket.write(
        "POST /agents/scripted/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
        () => socket.resetAndDestroy(),
      );
    }
    const stream = await house.open("/agents/scripted/message:stream", { body: textMessage("x") });
    stream.close();
    await waitFor("the turn of a caller who left", () => house.connector.turns.length > before);
    await expectUnharmed();
  });

  test("from a page elsewhere run nothing, even where no credential is needed", async () => {
    const before = house.connector.turns.length;
    const headers = { "sec-fetch-site": "cross-site", origin: "https://evil.example.com" };
    const answer = await house.call("/agents/scripted/invoke/echo", { method: "POST", headers });
    expect([answer.status, answer.json.reason]).toEqual([403, "ORIGIN_NOT_ALLOWED"]);
    expect(house.connector.turns.length).toBe(before);
  });

  test("never decide who calls by what they say", async () => {
    const principal = "https://berth.dev/extensions/principal/v1";
    await house.rpc("SendMessage", {
      ...textMessage("x", { metadata: { [principal]: { id: "usr_root" }, kept: 1 } }),
      metadata: { [principal]: 1 },
    });
    const turn = house.connector.turns.at(-1);
    expect(turn?.message.metadata).toEqual({ kept: 1 });
    expect(turn?.metadata ?? {}).not.toHaveProperty([principal]);
    expect(turn?.principal.kind).toBe("anonymous");
  });
});
