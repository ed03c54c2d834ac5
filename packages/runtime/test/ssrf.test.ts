import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { connect } from "node:net";
import { join } from "node:path";
import { temporaryFolder } from "@berth/testing";
import { fetch as undiciFetch } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEgressProxy } from "../src/egress/egress-proxy.ts";
import type { EgressProxy } from "../src/egress/egress-proxy.ts";
import { createOutboundHttp } from "../src/outbound/outbound-http.ts";
import { ssrfUrls } from "./ssrf-corpus.ts";

const folder = temporaryFolder();
const servers: Server[] = [];
let port = 0;
let hits = 0;

beforeAll(async () => {
  const listen = async (at: string, wanted: number): Promise<void> => {
    const server = createServer((socket) => {
      hits += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(wanted, at, resolve);
    });
    servers.push(server);
    // It listens on TCP.
    port = (server.address() as AddressInfo).port;
  };
  await listen("127.0.0.1", 0);
  // Not every machine has IPv6.
  await listen("::1", port).catch(() => undefined);
});
afterAll(() => {
  for (const server of servers) server.close();
  folder[Symbol.dispose]();
});

/** Public when somebody looks, private when somebody connects: the lie of a name with a TTL of 0. */
function rebinding(): (host: string) => Promise<readonly string[]> {
  let asked = 0;
  return async () => {
    asked += 1;
    return asked % 2 === 1 ? ["127.0.0.1"] : ["93.184.216.34", "::1"];
  };
}

const request = { method: "GET", timeoutMs: 2_000, maxBytes: 1_000 } as const;

describe("over 200 URLs that lead inside", () => {
  it("are not connected to by the platform's client, nor by what streams through it", async () => {
    const urls = ssrfUrls(port);
    expect(urls.length).toBeGreaterThanOrEqual(200);
    await using http = closing(createOutboundHttp({ resolve: rebinding() }));
    for (const url of urls) {
      await expect(http.request({ ...request, url }), url).rejects.toMatchObject({ name: "OutboundError" });
      if (!/^https?:\/\//.test(url)) continue;
      await expect(undiciFetch(url, { dispatcher: http.dispatcher }), url).rejects.toThrow();
    }
    expect(hits).toBe(0);
  });

  it("are not connected to for an agent, though its release lists each of them", async () => {
    const urls = ssrfUrls(port).filter((url) => /^https?:\/\/[^/@#?\\]+:\d+\/$/.test(url));
    const authorities = urls.map((url) => url.replace(/^https?:\/\//, "").replace(/\/$/, ""));
    const socketPath = join(folder.path, "egress.sock");
    await using proxy = closing(
      await openEgressProxy(socketPath, {
        allow: authorities,
        network: { resolve: rebinding() },
        onDecision: () => {},
      }),
    );
    expect(proxy).toBeDefined();
    for (const authority of new Set(authorities)) {
      for (const head of [`CONNECT ${authority} HTTP/1.1`, `GET http://${authority}/ HTTP/1.1`]) {
        const answer = await speak(socketPath, `${head}\r\nHost: x\r\nConnection: close\r\n\r\n`);
        expect(answer, head).not.toMatch(/^HTTP\/1.1 2/);
      }
    }
    expect(hits).toBe(0);
  });
});

function closing<T extends Pick<EgressProxy, "close">>(resource: T): T & AsyncDisposable {
  return Object.assign(resource, { [Symbol.asyncDispose]: async () => await resource.close() });
}

function speak(socketPath: string, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    let text = "";
    socket.on("data", (chunk) => (text += chunk.toString()));
    socket.on("error", () => {});
    socket.on("close", () => {
      resolve(text);
    });
    socket.write(bytes);
  });
}
