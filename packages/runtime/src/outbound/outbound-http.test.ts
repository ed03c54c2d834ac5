import { createServer } from "node:http";
import type { IncomingMessage, RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:tls";
import { fetch as undiciFetch } from "undici";
import { afterEach, describe, expect, test } from "vitest";
import { createOutboundHttp } from "./outbound-http.ts";
import type { OutboundHttp, OutboundOptions } from "./outbound-http.ts";

let cleanUp = new AsyncDisposableStack();
afterEach(async () => {
  await cleanUp.disposeAsync();
  cleanUp = new AsyncDisposableStack();
});

function outbound(options: OutboundOptions = {}): OutboundHttp {
  const http = createOutboundHttp(options);
  cleanUp.defer(async () => await http.close());
  return http;
}

async function receiver(answer: RequestListener): Promise<{ port: number; seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = [];
  const server = createServer((req, res) => {
    seen.push(req);
    answer(req, res);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanUp.defer(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  return { port: typeof address === "object" && address !== null ? address.port : 0, seen };
}

const get = (url: string): Parameters<OutboundHttp["request"]>[0] => ({
  method: "GET",
  url,
  timeoutMs: 2_000,
  maxBytes: 1_000,
});
const toLoopback = async (): Promise<readonly string[]> => ["127.0.0.1"];

describe("what is not called (SSRF)", () => {
  test.each([
    ["loopback", "http://127.0.0.1/"],
    ["loopback, far end", "http://127.255.255.254:8080/"],
    ["loopback, short", "http://127.1/"],
    ["loopback, decimal", "http://2130706433/"],
    ["loopback, octal", "http://0177.0.0.1/"],
    ["loopback, hex", "http://0x7f.0.0.1/"],
    ["this host", "http://0.0.0.0/"],
    ["loopback v6", "http://[::1]/"],
    ["unspecified v6", "http://[::]/"],
    ["v4 mapped", "http://[::ffff:127.0.0.1]/"],
    ["v4 mapped, hex", "http://[::ffff:7f00:1]/"],
    ["v4 compatible", "http://[::7f00:1]/"],
    ["NAT64", "http://[64:ff9b::7f00:1]/"],
    ["6to4", "http://[2002:7f00:1::]/"],
    ["private 10/8", "https://10.0.0.1/"],
    ["private 172.16/12", "https://172.31.0.1/"],
    ["private 192.168/16", "https://192.168.1.1/"],
    ["shared 100.64/10", "https://100.64.0.1/"],
    ["unique local v6", "https://[fd00::1]/"],
    ["link-local", "http://169.254.1.1/"],
    ["link-local v6", "http://[fe80::1]/"],
    ["metadata", "http://169.254.169.254/latest/meta-data/"],
    ["metadata, Azure", "http://168.63.129.16/"],
    ["metadata v6", "http://[fd00:ec2::254]/"],
    ["multicast", "http://224.0.0.1/"],
    ["multicast v6", "http://[ff02::1]/"],
    ["broadcast", "http://255.255.255.255/"],
    ["another scheme", "ftp://1.1.1.1/"],
    ["a file", "file:///etc/passwd"],
    ["data", "data:text/plain,hi"],
    ["credentials", "https://user:secret@1.1.1.1/"],
    ["a user name", "https://user@1.1.1.1/"],
    ["no URL", "/etc/passwd"],
    ["an endless URL", `https://1.1.1.1/${"a".repeat(2_048)}`],
  ])("%s: %s", async (_what, url) => {
    const http = outbound();
    await expect(http.assertUrl(url)).rejects.toMatchObject({ name: "OutboundError", kind: "refused" });
    await expect(http.request(get(url))).rejects.toMatchObject({ name: "OutboundError", kind: "refused" });
  });

  test.each([
    ["leads to a private address", ["10.0.0.1"]],
    ["leads to a public and a private address", ["1.1.1.1", "::1"]],
    ["leads to a mapped address", ["::ffff:127.0.0.1"]],
  ])("a name that %s", async (_what, addresses) => {
    const http = outbound({ resolve: async () => addresses });
    await expect(http.assertUrl("https://hook.example/")).rejects.toMatchObject({ kind: "refused" });
    await expect(http.request(get("https://hook.example/"))).rejects.toMatchObject({ kind: "refused" });
  });

  test("a name that was public when it was registered and is not when it is called (rebinding)", async () => {
    let addresses = ["1.1.1.1"];
    const http = outbound({ resolve: async () => addresses });
    await http.assertUrl("http://hook.example/");
    addresses = ["127.0.0.1"];
    await expect(http.request(get("http://hook.example/"))).rejects.toMatchObject({ kind: "refused" });
    await expect(undiciFetch("http://hook.example/", { dispatcher: http.dispatcher })).rejects.toMatchObject({
      cause: { name: "OutboundError", kind: "refused" },
    });
  });

  test("the place that an answer redirects to", async () => {
    const { port, seen } = await receiver((_req, res) => {
      res.writeHead(302, { location: "http://169.254.169.254/" }).end();
    });
    const http = outbound({ allowHosts: [`127.0.0.1:${port}`] });
    expect((await http.request(get(`http://127.0.0.1:${port}/`))).status).toBe(302);
    expect(seen).toHaveLength(1);
    const following = undiciFetch(`http://127.0.0.1:${port}/`, { dispatcher: http.dispatcher });
    await expect(following).rejects.toMatchObject({ cause: { kind: "refused" } });
  });

  test("another port of a host that is exempt with one", async () => {
    const http = outbound({ allowHosts: ["127.0.0.1:9000"] });
    await http.assertUrl("http://127.0.0.1:9000/");
    await expect(http.assertUrl("http://127.0.0.1:9001/")).rejects.toMatchObject({ kind: "refused" });
  });

  test.each(["", "9000", "*", "*:*", "http://127.0.0.1:9000", "127.0.0.1", "127.0.0.1:99999"])(
    "an exemption that cannot be read is an error: %j",
    (entry) => {
      expect(() => createOutboundHttp({ allowHosts: [entry] })).toThrow("is not host:port");
    },
  );
});

describe("a call", () => {
  test("goes to the resolved address under the name it was given", async () => {
    const { port, seen } = await receiver((_req, res) => res.end("hello"));
    const asked: string[] = [];
    const http = outbound({
      allowHosts: ["hook.example:*"],
      resolve: async (host) => {
        asked.push(host);
        return await toLoopback();
      },
    });
    const answer = await http.request({
      ...get(`http://hook.example:${port}/path?x=1`),
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    expect([answer.status, answer.body.toString(), answer.truncated]).toEqual([200, "hello", false]);
    expect(seen[0]?.headers.host).toBe(`hook.example:${port}`);
    expect([seen[0]?.method, seen[0]?.url]).toEqual(["POST", "/path?x=1"]);
    expect(asked).toEqual(["hook.example"]);
  });

  test("over TLS names the host it means, not the address", async () => {
    const named: string[] = [];
    const server = createTlsServer({
      SNICallback: (name, done) => {
        named.push(name);
        done(new Error("no certificate here"));
      },
    });
    server.on("tlsClientError", () => undefined);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cleanUp.defer(async () => await new Promise<void>((resolve) => server.close(() => resolve())));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const http = outbound({ allowHosts: ["hook.example:*"], resolve: toLoopback });
    await expect(http.request(get(`https://hook.example:${port}/`))).rejects.toMatchObject({ kind: "unreachable" });
    expect(named).toEqual(["hook.example"]);
  });

  test("reads no more than it was told to", async () => {
    const { port } = await receiver((_req, res) => res.end("x".repeat(100_000)));
    const http = outbound({ allowHosts: ["127.0.0.1:*"] });
    const answer = await http.request(get(`http://127.0.0.1:${port}/`));
    expect([answer.status, answer.body.length, answer.truncated]).toEqual([200, 1_000, true]);
  });

  test("ends at its deadline, whether the head or the body is late", async () => {
    const { port } = await receiver((req, res) => {
      if (req.url === "/body") res.write("a");
    });
    const http = outbound({ allowHosts: ["127.0.0.1:*"] });
    for (const path of ["head", "body"]) {
      const late = http.request({ ...get(`http://127.0.0.1:${port}/${path}`), timeoutMs: 50 });
      await expect(late, path).rejects.toMatchObject({ kind: "timeout" });
    }
  });

  test("says when nobody answers, and when the name does not resolve", async () => {
    const { port } = await receiver((req) => req.socket.destroy());
    const http = outbound({ allowHosts: ["127.0.0.1:*"], resolve: async () => [] });
    await expect(http.request(get(`http://127.0.0.1:${port}/`))).rejects.toMatchObject({ kind: "unreachable" });
    await expect(http.request(get("http://nowhere.example/"))).rejects.toMatchObject({ kind: "unreachable" });
    await expect(http.assertUrl("http://nowhere.example/")).resolves.toBeInstanceOf(URL);
  });

  test("streams through the dispatcher", async () => {
    const { port } = await receiver((_req, res) => {
      res.write("one ");
      res.end("two");
    });
    const http = outbound({ allowHosts: ["127.0.0.1:*"] });
    const response = await undiciFetch(`http://127.0.0.1:${port}/`, { dispatcher: http.dispatcher });
    expect(await response.text()).toBe("one two");
  });
});

describe("an exchange", () => {
  const pieces = async function* (...texts: readonly string[]): AsyncGenerator<Uint8Array, void, undefined> {
    for (const text of texts) yield Buffer.from(text);
  };
  const textOf = async (body: AsyncIterable<Buffer>): Promise<string> => {
    const read: Buffer[] = [];
    for await (const piece of body) read.push(piece);
    return Buffer.concat(read).toString();
  };

  test.each(["PUT", "PATCH", "POST"] as const)(
    "%s sends a body as it is made, and gives the answer as it comes",
    async (method) => {
      const { port } = await receiver((req, res) => {
        res.writeHead(202, { location: "/next" });
        req.pipe(res);
      });
      const http = outbound({ allowHosts: ["127.0.0.1:*"] });
      const answer = await http.exchange({
        method,
        url: `http://127.0.0.1:${port}/`,
        headers: {},
        body: pieces("one ", "two"),
        maxBytes: 100,
        idleMs: 2_000,
      });
      expect([answer.status, answer.headers["location"], await textOf(answer.body)]).toEqual([202, "/next", "one two"]);
    },
  );

  test("HEAD and DELETE have no body, and redirects are answers", async () => {
    const { port, seen } = await receiver((_req, res) => res.writeHead(307, { location: "http://10.0.0.1/" }).end());
    const http = outbound({ allowHosts: ["127.0.0.1:*"] });
    for (const method of ["HEAD", "DELETE"] as const) {
      const asked = { method, url: `http://127.0.0.1:${port}/`, headers: {}, maxBytes: 100, idleMs: 2_000 };
      const answer = await http.exchange(asked);
      expect([answer.status, await textOf(answer.body)]).toEqual([307, ""]);
    }
    expect(seen.map(({ method }) => method)).toEqual(["HEAD", "DELETE"]);
  });

  test("has bounds: of size, of silence, and the caller's", async () => {
    const { port } = await receiver((req, res) => {
      if (req.url === "/large") res.end("x".repeat(1_000));
      else res.write("a");
    });
    const http = outbound({ allowHosts: ["127.0.0.1:*"] });
    const ask = async (path: string, more: object = {}): Promise<string> => {
      const asked = {
        method: "GET",
        url: `http://127.0.0.1:${port}${path}`,
        headers: {},
        maxBytes: 100,
        idleMs: 60,
      } as const;
      return await textOf((await http.exchange({ ...asked, ...more })).body);
    };
    await expect(ask("/large")).rejects.toMatchObject({ kind: "unreachable" });
    await expect(ask("/silent")).rejects.toMatchObject({ kind: "timeout" });
    await expect(ask("/silent", { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: "OutboundError" });
  });

  test("goes where any call may go, and knows what was listed", async () => {
    const http = outbound({ allowHosts: ["127.0.0.1:9000", "registry.test:*"] });
    const asked = { method: "PUT", url: "http://127.0.0.1:9001/", headers: {}, maxBytes: 1, idleMs: 100 } as const;
    await expect(http.exchange(asked)).rejects.toMatchObject({ kind: "refused" });
    expect([
      http.isExempt("127.0.0.1", 9000),
      http.isExempt("127.0.0.1", 9001),
      http.isExempt("registry.test", 1),
    ]).toEqual([true, false, true]);
  });
});
