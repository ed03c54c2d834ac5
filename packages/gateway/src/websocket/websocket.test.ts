import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { TUNNEL_LIMITS, TUNNEL_SUBPROTOCOL } from "@berth/protocol/wire/tunnel";
import { waitFor } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { openHouse } from "../gateway.fixture.ts";
import type { House, Json } from "../gateway.fixture.ts";
import { LOG_SUBPROTOCOL } from "./deployment-log-route.ts";

let house: House;
let deployer: string;

beforeAll(async () => {
  house = await openHouse();
  deployer = await house.key("deploy");
  await house.store.deployments.save({
    orgId: "org_default",
    deploymentId: "dep_done",
    agentName: "scripted",
    status: "live",
    source: { kind: "archive", blob: "", bytes: 0 },
    options: { trust: false },
    steps: [],
    principal: { kind: "api_key", id: "key_1", orgId: "org_default", scopes: ["deploy"] },
    createdBy: "key_1",
    createdAt: "2026-11-29T12:00:00.000Z",
    updatedAt: "2026-11-29T12:00:00.000Z",
  });
  const line = { at: "2026-11-29T12:00:00.000Z", step: "build", stream: "stdout" } as const;
  await house.store.deployments.appendLines("org_default", "dep_done", [
    { ...line, seq: 1, text: "one" },
    { ...line, seq: 2, text: "two" },
  ]);
});

afterAll(async () => {
  await house[Symbol.asyncDispose]();
});

interface Opened {
  readonly socket: WebSocket;
  readonly messages: Json[];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

interface OpenOptions {
  readonly path?: string;
  readonly protocols?: string | string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: string;
}

function open({
  path = "/v1/deployments/dep_done/log",
  protocols = LOG_SUBPROTOCOL,
  headers,
  token,
}: OpenOptions): Opened {
  const socket = new WebSocket(`ws://127.0.0.1:${house.port}${path}`, protocols, {
    headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
  });
  const messages: Json[] = [];
  socket.on("message", (data) => messages.push(JSON.parse((data as Buffer).toString("utf8"))));
  socket.on("error", () => {});
  const closed = once(socket, "close").then(([code, reason]) => ({ code: Number(code), reason: String(reason) }));
  return { socket, messages, closed };
}

/** The status and reason of an upgrade that is refused. */
async function refusal(options: OpenOptions): Promise<readonly [number, string]> {
  const { socket } = open(options);
  const [, response] = await once(socket, "unexpected-response");
  let text = "";
  for await (const chunk of response) text += String(chunk);
  return [response.statusCode, JSON.parse(text).reason];
}

const HELLO = {
  type: "hello",
  version: 1,
  session: "a".repeat(32),
  machine: "laptop",
  takeOver: false,
  card: { name: "x" },
};

describe("a WebSocket of the platform", () => {
  it("tells a deployment's log to its end, then closes", async () => {
    const { messages, closed } = open({ token: deployer });
    expect((await closed).code).toBe(1000);
    expect(messages.map(({ kind }) => kind)).toEqual(["log", "log", "done"]);
    expect(messages.map(({ data }) => data.text ?? data.deploymentId)).toEqual(["one", "two", "dep_done"]);
  });

  it("takes a browser's token among the subprotocols, and does not say it again", async () => {
    const secret = `berth.bearer.${Buffer.from(deployer).toString("base64url")}`;
    const { socket, closed } = open({ protocols: [secret, LOG_SUBPROTOCOL] });
    expect((await closed).code).toBe(1000);
    expect(socket.protocol).toBe(LOG_SUBPROTOCOL);
  });

  it("refuses in HTTP whoever may not open it", async () => {
    const invoker = await house.key("invoke");
    expect(await refusal({})).toEqual([401, "UNAUTHENTICATED"]);
    expect(await refusal({ token: invoker })).toEqual([403, "PERMISSION_DENIED"]);
    expect(await refusal({ token: deployer, path: "/v1/deployments/dep_none/log" })).toEqual([
      404,
      "DEPLOYMENT_NOT_FOUND",
    ]);
    expect(await refusal({ token: deployer, protocols: "chat" })).toEqual([400, "INVALID_REQUEST"]);
    expect(await refusal({ token: deployer, headers: { host: "evil.example" } })).toEqual([403, "HOST_NOT_ALLOWED"]);
  });

  it("is not opened for a page of another origin, whatever credential comes along", async () => {
    const origin = "https://evil.example";
    expect(await refusal({ token: deployer, headers: { origin } })).toEqual([403, "ORIGIN_NOT_ALLOWED"]);
    const own = open({ token: deployer, headers: { origin: `http://127.0.0.1:${house.port}` } });
    expect((await own.closed).code).toBe(1000);
  });

  it("is opened by the console's cookie for the console's own pages only", async () => {
    const here = `http://127.0.0.1:${house.port}`;
    const opened = await house.call("/v1/sessions", { body: { key: house.admin }, headers: { origin: here } });
    const [cookie = ""] = (opened.headers["set-cookie"]?.[0] ?? "").split(";");
    expect((await open({ headers: { cookie, origin: here } }).closed).code).toBe(1000);
    for (const origin of ["https://evil.example", "http://scripted.localhost", "null"]) {
      expect(await refusal({ headers: { cookie, origin } })).toEqual([403, "ORIGIN_NOT_ALLOWED"]);
    }
    expect(await refusal({ headers: { cookie } })).toEqual([403, "ORIGIN_NOT_ALLOWED"]);
  });

  it("says at its address what it is for to whoever does not ask for one", async () => {
    const answer = await house.call("/v1/attach", { token: deployer });
    expect([answer.status, answer.json.reason]).toEqual([400, "INVALID_REQUEST"]);
    expect(answer.json.hint).toContain("Upgrade: websocket");
  });

  it("leaves requests alone that offer to speak something else, or a WebSocket elsewhere", async () => {
    for (const [path, upgrade] of [
      ["/healthz", "websocket"],
      ["/healthz", "h2c"],
    ] as const) {
      const req = request({ port: house.port, path, headers: { connection: "Upgrade", upgrade } });
      const [response] = await once(req.end(), "response");
      expect(response.statusCode).toBe(200);
      response.resume();
    }
  });

  it("cuts whoever sends more than it takes", async () => {
    const { socket, closed } = open({ path: "/v1/attach", protocols: TUNNEL_SUBPROTOCOL, token: deployer });
    await once(socket, "open");
    socket.send("x".repeat(TUNNEL_LIMITS.frameBytes + 1));
    expect((await closed).code).toBe(1009);
  });

  it("is open at most 64 times for one principal, and again when one has closed", async () => {
    const token = await house.key("deploy");
    const attach = { path: "/v1/attach", protocols: TUNNEL_SUBPROTOCOL, token };
    const sockets = await Promise.all(
      Array.from({ length: 64 }, async () => {
        const { socket, closed } = open(attach);
        await once(socket, "open");
        return { socket, closed };
      }),
    );
    expect(await refusal(attach)).toEqual([429, "TOO_MANY_STREAMS"]);
    sockets[0]?.socket.close();
    await sockets[0]?.closed;
    await waitFor("room for one more", async () => {
      const { socket } = open(attach);
      const [event] = await Promise.race([
        once(socket, "open").then(() => ["open"]),
        once(socket, "unexpected-response").then(() => ["refused"]),
      ]);
      socket.terminate();
      return event === "open";
    });
    for (const { socket } of sockets) socket.terminate();
  });

  it("is cut when nobody answers its pings", async () => {
    const strict = await openHouse({ gateway: { limits: { heartbeatMs: 20 } } });
    const key = await strict.key("deploy");
    const socket = connect(strict.port, "127.0.0.1");
    socket.write(
      `GET /v1/attach HTTP/1.1\r\nHost: 127.0.0.1:${strict.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n` +
        `Sec-WebSocket-Protocol: ${TUNNEL_SUBPROTOCOL}\r\nAuthorization: Bearer ${key}\r\n\r\n`,
    );
    socket.on("error", () => {}).resume();
    await once(socket, "close");
    await strict[Symbol.asyncDispose]();
  });

  it("is closed with a word when the platform stops", async () => {
    const other = await openHouse();
    const socket = new WebSocket(`ws://127.0.0.1:${other.port}/v1/attach`, TUNNEL_SUBPROTOCOL, {
      headers: { authorization: `Bearer ${await other.key("deploy")}` },
    });
    await once(socket, "open");
    const closed = once(socket, "close");
    await other[Symbol.asyncDispose]();
    expect((await closed)[0]).toBe(1001);
  });
});

describe("a tunnel's beginning", () => {
  const attach = (): Opened => open({ path: "/v1/attach", protocols: TUNNEL_SUBPROTOCOL, token: deployer });

  it.each([
    ["what is no frame", "hello", "VIOLATION"],
    ["another frame before the hello", JSON.stringify({ type: "log", lines: [], dropped: 0 }), "VIOLATION"],
    ["a hello of another version", JSON.stringify({ ...HELLO, version: 2 }), "VERSION_NOT_SUPPORTED"],
    ["a hello without a valid card", JSON.stringify(HELLO), "CARD_INVALID"],
  ])("answers %s with the reason, and closes", async (_what, frame, reason) => {
    const { socket, messages, closed } = attach();
    await once(socket, "open");
    socket.send(frame);
    expect((await closed).reason).toBe(reason);
    expect(messages.at(-1)).toMatchObject({ type: "close", reason });
  });
});
