import { once } from "node:events";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { temporaryFolder } from "@berth/testing";
import { afterEach, describe, expect, test } from "vitest";
import { createOutboundHttp } from "./outbound-http.ts";

let cleanUp = new AsyncDisposableStack();
afterEach(async () => {
  await cleanUp.disposeAsync();
  cleanUp = new AsyncDisposableStack();
});

async function talker(text: string): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.end(text);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanUp.defer(async () => await new Promise<void>((resolve) => server.close(() => resolve())));
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

describe("a tunnel", () => {
  test("leads to the one address that was checked, whatever the name means later", async () => {
    const port = await talker("hello");
    const folder = cleanUp.use(temporaryFolder("berth-tunnel"));
    let asked = 0;
    const resolve = async (): Promise<readonly string[]> => (++asked === 1 ? ["127.0.0.1"] : ["10.0.0.1"]);
    const http = createOutboundHttp({ allowHosts: ["forge.example:*"], resolve });
    cleanUp.defer(async () => await http.close());
    const socket = join(folder.path, "s");
    const tunnel = cleanUp.use(await http.tunnel({ url: `https://forge.example:${port}`, socket, maxBytes: 1_000 }));
    const answers = await Promise.all([buffer(connect(socket)), buffer(connect(socket))]);
    expect(answers.map(String)).toEqual(["hello", "hello"]);
    expect([asked, tunnel.exceeded]).toEqual([1, false]);
  });

  test("is cut when more comes than it may bring", async () => {
    const port = await talker("x".repeat(100_000));
    const folder = cleanUp.use(temporaryFolder("berth-tunnel"));
    const http = createOutboundHttp({ allowHosts: ["127.0.0.1:*"] });
    cleanUp.defer(async () => await http.close());
    const socket = join(folder.path, "s");
    const tunnel = cleanUp.use(await http.tunnel({ url: `https://127.0.0.1:${port}`, socket, maxBytes: 1_000 }));
    await buffer(connect(socket)).catch(() => undefined);
    expect(tunnel.exceeded).toBe(true);
  });

  test.each(["https://127.0.0.1:22", "https://169.254.169.254", "https://[::1]:22", "file:///etc/passwd"])(
    "is not opened to %s",
    async (url) => {
      const http = createOutboundHttp();
      cleanUp.defer(async () => await http.close());
      const opening = http.tunnel({ url, socket: "/nonexistent/s", maxBytes: 1 });
      await expect(opening).rejects.toMatchObject({ name: "OutboundError", kind: "refused" });
    },
  );
});
