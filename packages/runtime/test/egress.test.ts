import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { openEgressProxy } from "../src/egress/egress-proxy.ts";
import type { EgressNetwork } from "../src/egress/egress-proxy.ts";
import { createProcessDriver } from "../src/process/process-driver.ts";
import type { EgressDecision } from "../src/sandbox-driver.ts";
import { openHarness, platformUsers } from "./sandbox/harness.ts";
import { UpstreamWorld, secretsOf } from "./upstream-world.ts";
import { startMalicious, tempt } from "./sandbox/malicious.ts";

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});
const later = (dispose: () => void | Promise<void>): void => {
  opened.push({ [Symbol.asyncDispose]: async () => dispose() });
};

async function openServer(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> {
  const server: Server = createServer(handler);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  later(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

interface TestProxy {
  readonly socketPath: string;
  readonly decisions: EgressDecision[];
}

async function openProxy(allow: readonly string[], network: EgressNetwork): Promise<TestProxy> {
  const folder = mkdtempSync("/tmp/berth-egress-");
  const socketPath = join(folder, "egress.sock");
  const decisions: EgressDecision[] = [];
  const onDecision = (decision: EgressDecision): void => void decisions.push(decision);
  const proxy = await openEgressProxy(socketPath, { allow, onDecision, network, idleTimeoutMs: 5_000 });
  later(async () => {
    await proxy.close();
    rmSync(folder, { recursive: true });
  });
  return { socketPath, decisions };
}

/** Everything the proxy answers to these bytes, until it or we end. */
function speak(socketPath: string, ...bytes: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    let text = "";
    socket.on("data", (chunk) => (text += chunk.toString()));
    socket.on("error", reject);
    socket.on("close", () => {
      resolve(text);
    });
    for (const part of bytes) socket.write(part);
  });
}

function tunnel(proxy: TestProxy, authority: string, path = "/"): Promise<string> {
  return speak(
    proxy.socketPath,
    `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`,
    `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
  );
}

describe("the egress proxy", () => {
  it("tunnels to a listed host at the address it resolved, and tells it", async () => {
    const port = await openServer((asked, response) => response.end(`you asked ${asked.url}`));
    const asked: string[] = [];
    const resolve = (host: string): Promise<readonly string[]> => {
      asked.push(host);
      return Promise.resolve(["127.0.0.1"]);
    };
    const proxy = await openProxy([`api.test:${port}`], { resolve, allowPrivate: true });
    expect(await tunnel(proxy, `api.test:${port}`, "/hello")).toMatch(
      /^HTTP\/1.1 200 .*\r\n\r\nHTTP\/1.1 200 OK[^]*you asked \/hello/,
    );
    expect(asked).toEqual(["api.test"]);
    expect(proxy.decisions).toEqual([
      { host: "api.test", port, decision: "allowed", detail: "connected to 127.0.0.1" },
    ]);
  });

  it.each([
    ["a host that is not listed", "evil.test:443", 403, "egress list"],
    ["another port of a listed host", "api.test:8443", 403, "egress list"],
    ["the host's loopback by name", "loop.test:443", 502, "127.0.0.1 is not a public address"],
    ["a name with one private address of two", "mixed.test:443", 502, "10.0.0.1 is not a public address"],
    ["loopback inside IPv6", "mapped.test:443", 502, "is not a public address"],
    ["a listed private address", "169.254.169.254:443", 502, "169.254.169.254 is not a public address"],
    ["a name without address", "nowhere.test:443", 502, "does not resolve"],
    ["a name that cannot be resolved", "broken.test:443", 502, "does not resolve"],
    ["no port", "api.test", 400, "host and a port"],
  ])("refuses %s, and says why", async (_what, authority, status, reason) => {
    const names: Record<string, readonly string[]> = {
      "loop.test": ["127.0.0.1"],
      "mixed.test": ["93.184.216.34", "10.0.0.1"],
      "mapped.test": ["::ffff:127.0.0.1"],
      "nowhere.test": [],
    };
    const resolve = (host: string): Promise<readonly string[]> => {
      const addresses = names[host];
      return addresses === undefined ? Promise.reject(new Error("SERVFAIL")) : Promise.resolve(addresses);
    };
    const allow = ["api.test", "169.254.169.254", ...Object.keys(names), "broken.test"];
    const proxy = await openProxy(allow, { resolve });
    const answer = await tunnel(proxy, authority);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain(reason);
    expect(proxy.decisions).toEqual([expect.objectContaining({ decision: "denied" })]);
  });

  it("passes plain requests on, without what is for the proxy alone", async () => {
    const port = await openServer((asked, response) => {
      response.setHeader("x-answer", "yes");
      asked.pipe(response.setHeader("x-headers", JSON.stringify(asked.headers)));
    });
    const proxy = await openProxy([`api.test:${port}`], {
      resolve: () => Promise.resolve(["127.0.0.1"]),
      allowPrivate: true,
    });
    const answer = await new Promise<IncomingMessage & { text?: string }>((resolve, reject) => {
      const outgoing = request({
        socketPath: proxy.socketPath,
        path: `http://api.test:${port}/x?y=1`,
        method: "POST",
        headers: { "proxy-authorization": "secret", host: "wrong.test", "x-mine": "1" },
      });
      outgoing.on("error", reject);
      outgoing.on("response", (response: IncomingMessage & { text?: string }) => {
        response.text = "";
        response.on("data", (chunk) => (response.text += String(chunk)));
        response.on("end", () => {
          resolve(response);
        });
      });
      outgoing.end("a body");
    });
    expect(answer.statusCode).toBe(200);
    expect(answer.text).toBe("a body");
    const seen = JSON.parse(String(answer.headers["x-headers"])) as Record<string, string>;
    expect(seen).toMatchObject({ host: `api.test:${port}`, "x-mine": "1" });
    expect(seen).not.toHaveProperty("proxy-authorization");
    expect(await speak(proxy.socketPath, "GET http://evil.test/ HTTP/1.1\r\nHost: api.test\r\n\r\n")).toMatch(
      /^HTTP\/1.1 403/,
    );
    expect(await speak(proxy.socketPath, "GET / HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n\r\n")).toMatch(
      /^HTTP\/1.1 400/,
    );
  });

  it("holds no more than 64 connections and no endless header", async () => {
    const proxy = await openProxy([], {});
    const sockets = Array.from({ length: 80 }, () => connect(proxy.socketPath).on("error", () => {}));
    later(() => {
      for (const socket of sockets) socket.destroy();
    });
    let closed = 0;
    await new Promise<void>((resolve) => {
      for (const socket of sockets) socket.on("close", () => ++closed === 16 && resolve());
    });
    for (const socket of sockets) socket.destroy();
    const other = await openProxy([], {});
    const header = `CONNECT api.test:443 HTTP/1.1\r\nX: ${"x".repeat(20_000)}\r\n\r\n`;
    expect(await speak(other.socketPath, header).catch(() => "")).toBe("");
    expect(other.decisions).toEqual([]);
  });
});

describe("an agent with an egress list", () => {
  it("reaches the listed host by fetch and by http, and reads in its log why not another", async () => {
    const harness = await openHarness("process");
    opened.push(harness);
    const port = await openServer((_asked, response) => response.end("from outside"));
    const network: EgressNetwork = { resolve: () => Promise.resolve(["127.0.0.1"]), allowPrivate: true };
    const driver = createProcessDriver({ home: harness.home, network });
    later(() => driver.close());
    const output: string[] = [];
    const decisions: EgressDecision[] = [];
    const agent = await startMalicious(
      { ...harness, driver, release: harness.release },
      {
        egress: [`api.test:${port}`],
        observer: { onOutput: (line) => output.push(line), onEgress: (decision) => decisions.push(decision) },
      },
    );
    const answer = { got: { status: 200, text: "from outside" } };
    expect(await tempt(agent, "fetch", { url: `http://api.test:${port}/` })).toEqual(answer);
    expect(await tempt(agent, "get", { url: `http://api.test:${port}/` })).toEqual(answer);
    expect(await tempt(agent, "fetch", { url: "http://evil.test/" })).toMatchObject({ got: { status: 403 } });
    expect(await tempt(agent, "fetch", { url: "https://evil.test/" })).not.toHaveProperty("got");
    expect(await tempt(agent, "connect", { host: "127.0.0.1", port })).toEqual({ got: "ECONNREFUSED" });
    expect(await tempt(agent, "connect", { host: "api.test", port })).not.toEqual({ got: "connected" });
    expect(decisions.map(({ host, decision }) => `${host} ${decision}`)).toEqual([
      "api.test allowed",
      "api.test allowed",
      "evil.test denied",
      "evil.test denied",
    ]);
    expect(output).toEqual([
      expect.stringMatching(/^egress denied: evil\.test:80: it is not in the agent's egress list; .*"egress": \[/),
      `egress denied: evil.test:443: it is not in the agent's egress list; berth.json would allow it with "egress": ["evil.test"]`,
    ]);
    await agent.stop(0);
  });

  it("reaches its upstreams through the proxy and their hosts in no other way", async () => {
    const harness = await openHarness("process");
    opened.push(harness);
    const world = new UpstreamWorld();
    opened.push(world);
    const server = await world.serve((asked, response) => response.end(JSON.stringify(asked.headers)));
    const driver = createProcessDriver({ home: harness.home, network: world.network });
    later(() => driver.close());
    const url = `https://api.test:${server.port}`;
    const agent = await startMalicious(
      { ...harness, driver, release: harness.release },
      {
        upstreams: { model: { url, headers: { authorization: "Bearer {secret:API_KEY}" } } },
        secrets: secretsOf({ API_KEY: { value: "sk-0123456789" } }),
      },
    );
    for (const deed of ["fetch", "get"]) {
      const { got } = await tempt(agent, deed, { url: "http://model.berth.internal/v1" });
      expect(got).toMatchObject({ status: 200, text: expect.stringContaining("Bearer [secret:API_KEY]") });
    }
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(Array(2).fill("Bearer sk-0123456789"));
    expect(await tempt(agent, "fetch", { url: `${url}/` })).not.toHaveProperty("got");
    for (const host of ["127.0.0.1", "api.test", "model.berth.internal"]) {
      expect(await tempt(agent, "connect", { host, port: server.port })).not.toEqual({ got: "connected" });
    }
    expect(server.seen).toHaveLength(2);
    expect(JSON.stringify(await tempt(agent, "env"))).not.toContain("sk-0123456789");
    await agent.stop(0);
  });

  it.each(platformUsers())("has its way out for itself, with a platform run by $name", async ({ uid }) => {
    const harness = await openHarness("process", uid);
    opened.push(harness);
    const agent = await startMalicious(harness, { egress: ["localhost:4100", "10.0.0.1:80"] });
    for (const url of ["http://10.0.0.1:80/", "http://evil.test/"]) {
      expect(await tempt(agent, "get", { url })).toMatchObject({
        got: { status: expect.toSatisfy((status) => status >= 400) },
      });
    }
    expect((await tempt(agent, "env")).got).toMatchObject({ HTTPS_PROXY: "http://127.0.0.1:3128" });
  });
});
