import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { parseAgentConfig } from "@berth/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UpstreamWorld } from "./upstream-world.ts";
import type { UpstreamProxy } from "./upstream-world.ts";

const KEY = "sk-test-0123456789abcdef";
const values = { API_KEY: { value: KEY } };
const headers = { Authorization: "Bearer {secret:API_KEY}", "X-Team": "berth" };

const plainServers: Server[] = [];
let world: UpstreamWorld;
beforeAll(() => {
  world = new UpstreamWorld();
});
afterAll(async () => {
  for (const server of plainServers) {
    server.closeAllConnections();
    server.close();
  }
  await world[Symbol.asyncDispose]();
});

/** Everything the proxy answers to these bytes. */
function speak(proxy: UpstreamProxy, ...bytes: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(proxy.socketPath);
    let text = "";
    socket.on("data", (chunk) => (text += chunk.toString()));
    socket.on("error", reject);
    socket.on("close", () => {
      resolve(text);
    });
    for (const part of bytes) socket.write(part);
  });
}

describe("a call to an upstream", () => {
  it("gets the secret in its headers outside the sandbox, over TLS to the upstream's name", async () => {
    const server = await world.serve((req, res) => req.pipe(res));
    const url = `https://api.test:${server.port}/base`;
    const proxy = await world.proxy({ model: { url, headers } }, { values });
    const answer = await proxy.ask("http://model.berth.internal/v1/chat?x=1", {
      method: "POST",
      headers: { "x-mine": "1", authorization: "Bearer mine", x_team: "other", "proxy-authorization": "p" },
      body: "a body",
    });
    expect([answer.status, answer.text]).toEqual([200, "a body"]);
    const [seen] = server.seen;
    expect([seen?.method, seen?.url]).toEqual(["POST", "/base/v1/chat?x=1"]);
    expect(seen?.headers).toMatchObject({
      authorization: `Bearer ${KEY}`,
      "x-team": "berth",
      "x-mine": "1",
      host: `api.test:${server.port}`,
    });
    expect(seen?.headers).not.toHaveProperty("x_team");
    expect(seen?.headers).not.toHaveProperty("proxy-authorization");
    expect(proxy.decisions).toEqual([
      {
        host: "api.test",
        port: server.port,
        decision: "allowed",
        detail: "upstream model: connected to 127.0.0.1",
      },
    ]);
  });

  it("is the same through CONNECT, as some clients speak to a proxy", async () => {
    const server = await world.serve((req, res) => res.end(`to ${req.url}`));
    const upstream = { url: `https://api.test:${server.port}`, headers };
    const proxy = await world.proxy({ model: upstream }, { values });
    const answer = await speak(
      proxy,
      "CONNECT model.berth.internal:80 HTTP/1.1\r\nHost: model.berth.internal:80\r\n\r\n",
      "GET /one HTTP/1.1\r\nHost: anything\r\nConnection: close\r\n\r\n",
    );
    expect(answer).toMatch(/^HTTP\/1.1 200 Connection established[^]*HTTP\/1.1 200 OK[^]*to \/one/);
    expect(server.seen[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
    const tls = await speak(proxy, "CONNECT model.berth.internal:443 HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(tls).toContain("http://model.berth.internal/");
  });

  it("cannot have our headers struck out on the way", async () => {
    const server = await world.serve((_req, res) => res.end());
    const proxy = await world.proxy({ model: { url: `https://api.test:${server.port}`, headers } }, { values });
    const asked = { headers: { connection: "authorization, x-team, x-drop", "x-drop": "1" } };
    await proxy.ask("http://model.berth.internal/", asked);
    expect(server.seen[0]?.headers).toMatchObject({ authorization: `Bearer ${KEY}`, "x-team": "berth" });
    expect(server.seen[0]?.headers).not.toHaveProperty("x-drop");
  });

  it("streams events as they come, both ways with backpressure", async () => {
    let send: ((event: string) => void) | undefined;
    const server = await world.serve((req, res) => {
      req.resume();
      res.writeHead(200, { "content-type": "text/event-stream" });
      send = (event) => void res.write(`data: ${event}\n\n`);
      res.flushHeaders();
    });
    const proxy = await world.proxy({ model: { url: `https://api.test:${server.port}`, headers } }, { values });
    const answer = await proxy.open("http://model.berth.internal/v1/stream", { method: "POST", body: "{}" });
    expect(answer.headers["content-type"]).toBe("text/event-stream");
    for (const event of ["one", "two", `the key is ${KEY}`]) {
      const arrived = once(answer, "data");
      send?.(event);
      expect(String(await arrived)).toBe(`data: ${event.replace(KEY, "[secret:API_KEY]")}\n\n`);
    }
    answer.destroy();
  });

  it("shows the agent no secret that the upstream says back", async () => {
    const server = await world.serve((req, res) => {
      const said = JSON.stringify(req.headers);
      res.writeHead(200, {
        "x-echo": String(req.headers.authorization),
        "x-basic": Buffer.from(`user:${KEY}`).toString("base64"),
        "set-cookie": "session=made-from-the-key",
        ...(req.url === "/gzip" ? { "content-encoding": "gzip" } : {}),
      });
      res.end(req.url === "/gzip" ? gzipSync(said) : said);
    });
    const proxy = await world.proxy({ model: { url: `https://api.test:${server.port}`, headers } }, { values });
    for (const path of ["/plain", "/gzip"]) {
      const answer = await proxy.ask(`http://model.berth.internal${path}`, { headers: { "accept-encoding": "gzip" } });
      expect(answer.headers["x-echo"]).toBe("Bearer [secret:API_KEY]");
      expect(answer.headers["x-basic"]).toContain("[secret:API_KEY]");
      expect(answer.headers).not.toHaveProperty("set-cookie");
      expect(JSON.parse(answer.text)).toMatchObject({
        authorization: "Bearer [secret:API_KEY]",
        "accept-encoding": "identity",
      });
    }
  });

  it.each([
    ["/base/next?x=1", "http://model.berth.internal/next?x=1"],
    ["https://api.test:PORT/base/next", "http://model.berth.internal/next"],
    ["https://api.test:PORT/elsewhere", undefined],
    ["https://evil.test/base/next", undefined],
    ["//evil.test/base/next", undefined],
    [`/base/next?key=${KEY}`, "http://model.berth.internal/next?key=[secret:API_KEY]"],
  ])("is not sent on to where a redirect points: %s", async (location, told) => {
    const server = await world.serve((_req, res) => {
      res.writeHead(302, { location: location.replace("PORT", String(server.port)) }).end();
    });
    const url = `https://api.test:${server.port}/base`;
    const proxy = await world.proxy({ model: { url, headers } }, { values });
    const answer = await proxy.ask("http://model.berth.internal/first");
    expect([answer.status, answer.headers.location]).toEqual([302, told]);
    expect(server.seen).toHaveLength(1);
  });

  it("says which secret is missing, and is an event", async () => {
    const server = await world.serve((_req, res) => res.end());
    const proxy = await world.proxy({ model: { url: `https://api.test:${server.port}`, headers } });
    const answer = await proxy.ask("http://model.berth.internal/");
    expect([answer.status, answer.text]).toEqual([
      502,
      'The upstream "model" was not called: the secret API_KEY is not set (a2a secrets set API_KEY).\n',
    ]);
    expect(proxy.decisions).toEqual([
      expect.objectContaining({ decision: "denied", detail: expect.stringContaining("API_KEY is not set") }),
    ]);
    expect(server.seen).toEqual([]);
  });

  it("does not give a secret to a host that it is not for", async () => {
    const server = await world.serve((_req, res) => res.end());
    const upstream = { url: `https://api.test:${server.port}`, headers };
    const elsewhere = { API_KEY: { value: KEY, hosts: ["other.test", "api.test"] } };
    const refused = await world.proxy({ model: upstream }, { values: elsewhere });
    expect((await refused.ask("http://model.berth.internal/")).text).toContain(
      "the secret API_KEY is not for api.test:",
    );
    const here = { API_KEY: { value: KEY, hosts: [`*.test:${server.port}`] } };
    const allowed = await world.proxy({ model: upstream }, { values: here });
    expect((await allowed.ask("http://model.berth.internal/")).status).toBe(200);
    expect(server.seen).toHaveLength(1);
  });

  it("goes only where its rules say, and a denial names the rule", async () => {
    const server = await world.serve((_req, res) => res.end());
    const allow = [{ methods: ["POST"], path: "/v1/chat/*" }];
    const url = `https://api.test:${server.port}`;
    const proxy = await world.proxy({ model: { url, headers, allow } }, { values });
    const ask = async (path: string, method = "POST"): Promise<number> => {
      const override = { "x-http-method-override": "DELETE", x_original_url: "/admin" };
      return (await proxy.ask(`http://model.berth.internal${path}`, { method, headers: override })).status;
    };
    expect(await ask("/v1/chat/completions?x=/admin")).toBe(200);
    expect(server.seen[0]?.headers).not.toHaveProperty("x-http-method-override");
    expect(server.seen[0]?.headers).not.toHaveProperty("x_original_url");
    const refused = ["/v1/chat/..%2f..%2fadmin", "/v1/chat/%2e%2e/x", "/v1/chat/..;/admin", "/v1/chat//x", "/admin"];
    for (const path of refused) expect([path, await ask(path)]).toEqual([path, 403]);
    expect(await ask("/v1/chat/completions", "DELETE")).toBe(403);
    expect(server.seen).toHaveLength(1);
    const { rule = "" } = proxy.decisions.at(-1) ?? {};
    expect(rule).toBe(`"upstreams": {"model":{"allow":[{"methods":["DELETE"],"path":"/v1/chat/completions"}]}}`);
  });

  it("cannot carry a second request that no rule has seen behind the first", async () => {
    const server = await world.serve((req, res) => {
      req.resume();
      req.on("end", () => res.end());
    });
    const allow = [{ methods: ["GET"], path: "/ok" }];
    const proxy = await world.proxy({ model: { url: `https://api.test:${server.port}`, headers, allow } }, { values });
    const hidden = "POST /admin HTTP/1.1\r\nHost: api.test\r\nContent-Length: 0\r\n\r\n";
    await speak(
      proxy,
      "GET http://model.berth.internal/ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n",
      `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`,
    );
    expect(server.seen.map(({ method, url }) => `${method} ${url}`)).toEqual(["GET /ok"]);
    expect(server.seen[0]?.headers["transfer-encoding"]).toBe("chunked");
  });

  it("trusts no certificate of another name or another authority", async () => {
    const server = await world.serve((_req, res) => res.end(), ["other.test"]);
    const upstream = { url: `https://api.test:${server.port}`, headers };
    const wrongName = await world.proxy({ model: upstream }, { values });
    expect((await wrongName.ask("http://model.berth.internal/")).text).toContain("TLS failed");
    const { resolve, allowPrivate } = world.network;
    const network = {
      ...(resolve === undefined ? {} : { resolve }),
      ...(allowPrivate === undefined ? {} : { allowPrivate }),
    };
    const right = await world.serve((_req, res) => res.end());
    const noTrust = { model: { url: `https://api.test:${right.port}`, headers } };
    const stranger = await world.proxy(noTrust, { values, network });
    expect((await stranger.ask("http://model.berth.internal/")).text).toContain("TLS failed");
    expect([...server.seen, ...right.seen]).toEqual([]);
  });

  it("is not made to a private address, whatever the name resolves to at that moment", async () => {
    const answers = [["93.184.216.34", "127.0.0.1"], ["169.254.169.254"], ["::ffff:127.0.0.1"], ["10.0.0.1"]];
    const network = { resolve: async () => answers.shift() ?? [] };
    const proxy = await world.proxy({ model: { url: "https://api.test", headers } }, { values, network });
    for (const _ of Array.from({ length: 4 })) {
      expect((await proxy.ask("http://model.berth.internal/")).text).toContain("not a public address");
    }
  });

  it("is bound in size and time", async () => {
    const server = await world.serve((req, res) => {
      req.resume();
      if (req.url === "/big") res.end("x".repeat(5_000));
      else if (req.url !== "/slow") req.on("end", () => res.end("done"));
    });
    const upstream = { url: `https://api.test:${server.port}`, headers };
    const upstreamLimits = { maxRequestBytes: 1_000, maxResponseBytes: 1_000, totalMs: 300 };
    const proxy = await world.proxy({ model: upstream }, { values, upstreamLimits });
    const big = { method: "POST", body: "x".repeat(2_000) };
    expect((await proxy.ask("http://model.berth.internal/", big)).status).toBe(413);
    await expect(proxy.ask("http://model.berth.internal/big")).rejects.toThrow("aborted");
    expect((await proxy.ask("http://model.berth.internal/slow")).status).toBe(504);
  });

  it("ends at the upstream when the agent goes away", async () => {
    const gone = Promise.withResolvers<void>();
    const server = await world.serve((req, res) => {
      res.on("close", () => gone.resolve());
      req.resume();
      res.write("first");
    });
    const proxy = await world.proxy({ model: { url: `https://api.test:${server.port}`, headers } }, { values });
    const answer = await proxy.open("http://model.berth.internal/");
    await once(answer, "data");
    answer.destroy();
    await gone.promise;
  });

  it.each(["http://other.berth.internal/", "http://model.berth.internal:8080/", "http://constructor.berth.internal/"])(
    "is refused for %s, which is no upstream",
    async (url) => {
      const proxy = await world.proxy({ model: { url: "https://api.test", headers } }, { values });
      expect((await proxy.ask(url)).status).toBe(403);
      expect(proxy.decisions).toEqual([expect.objectContaining({ decision: "denied" })]);
    },
  );
});

describe("egress rules for plain HTTP", () => {
  async function plainServer(): Promise<{ port: number; seen: string[] }> {
    const seen: string[] = [];
    const server = createServer((req, res) => {
      seen.push(`${req.method} ${req.url}`);
      req.resume();
      req.on("end", () => res.end("plain"));
    });
    plainServers.push(server);
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    return { port: (server.address() as AddressInfo).port, seen };
  }

  it("hold for requests, also for those inside a CONNECT", async () => {
    const { port, seen } = await plainServer();
    const egress = [{ host: `api.test:${port}`, methods: ["GET"], paths: ["/public/**"] }];
    const proxy = await world.proxy({}, { egress });
    const host = `http://api.test:${port}`;
    expect((await proxy.ask(`${host}/public/a`)).text).toBe("plain");
    expect((await proxy.ask(`${host}/public/a`, { method: "POST" })).status).toBe(403);
    expect((await proxy.ask(`${host}/private`)).status).toBe(403);
    const tunnel = async (line: string): Promise<string> =>
      await speak(
        proxy,
        `CONNECT api.test:${port} HTTP/1.1\r\nHost: x\r\n\r\n`,
        `${line} HTTP/1.1\r\nHost: other.test\r\nConnection: close\r\n\r\n`,
      );
    expect(await tunnel("GET /public/b")).toContain("plain");
    expect(await tunnel("GET /private")).toContain("HTTP/1.1 403");
    expect(await tunnel("GET http://evil.test/public/b")).toContain("HTTP/1.1 400");
    expect(await tunnel("\x16\x03\x01 TLS")).not.toContain("plain");
    expect(seen).toEqual(["GET /public/a", "GET /public/b"]);
  });

  it("a denial names the line of berth.json that would allow it, and that line does", async () => {
    const { port, seen } = await plainServer();
    const denied = await world.proxy({}, {});
    await denied.ask(`http://api.test:${port}/a%20b/c?token=x`, { method: "POST" });
    await speak(denied, `CONNECT api.test:${port} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await speak(denied, "CONNECT evil.test:443 HTTP/1.1\r\nHost: x\r\n\r\n");
    const rules = denied.decisions.map(({ rule }) => rule);
    expect(rules).toEqual([
      `"egress": [{"host":"api.test:${port}","methods":["POST"],"paths":["/a b/c"]}]`,
      `"egress": ["api.test:${port}"]`,
      `"egress": ["evil.test"]`,
    ]);
    const { egress } = parseAgentConfig(JSON.parse(`{${rules[0]}}`));
    const allowed = await world.proxy({}, { egress });
    expect((await allowed.ask(`http://api.test:${port}/a%20b/c?token=x`, { method: "POST" })).text).toBe("plain");
    expect(seen).toHaveLength(1);
  });
});
