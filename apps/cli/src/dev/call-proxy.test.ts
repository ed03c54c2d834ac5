import { once } from "node:events";
import { createServer } from "node:http";
import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { TunnelResponse } from "@berth/protocol/wire/tunnel";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CallProxy } from "./call-proxy.ts";

let server: Server;
let answers: ServerResponse[];
let connections: Socket[];
let ended: Socket[];
let proxy: CallProxy;

beforeEach(async () => {
  [answers, connections, ended] = [[], [], []];
  server = createServer((req, res) => {
    const { socket } = req;
    connections.push(socket);
    // The caller's side has ended it, as gemini-cli's server looks at it.
    socket.once("end", () => ended.push(socket));
    req.resume().once("end", () => {
      res.writeHead(200);
      res.write("one ");
      answers.push(res);
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "localhost");
  await once(server, "listening");
  proxy = new CallProxy(() => undefined);
  const address = server.address();
  proxy.open(typeof address === "object" ? (address?.port ?? 0) : 0);
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function call(): Promise<TunnelResponse> {
  const request = { method: "POST", path: "/", headers: {}, body: Buffer.from("{}") };
  return await proxy.serve(request, new AbortController().signal);
}

async function textOf({ body }: TunnelResponse): Promise<string> {
  const chunks = await Array.fromAsync(body);
  return Buffer.concat(chunks).toString("utf8");
}

test("a call's connection to the agent outlives its answer, and is no other call's", async () => {
  const first = await call();
  answers[0]?.end("two");
  expect(await textOf(first)).toBe("one two");
  expect(proxy.running).toBe(0);
  const second = await call();
  answers[1]?.end("two");
  await textOf(second);
  expect(new Set(connections).size).toBe(2);
  expect(ended).toEqual([]);
  proxy.cut("it was loaded again");
  await expect.poll(() => ended.length).toBe(2);
});

test("a call that breaks off is told why its agent was ended", async () => {
  const answer = await call();
  const text = textOf(answer);
  proxy.cut("it was loaded again");
  await expect(text).rejects.toThrow("it was loaded again");
  expect(proxy.running).toBe(0);
});

test("what the agent itself breaks off is no answer", async () => {
  const answer = await call();
  const text = textOf(answer);
  connections[0]?.destroy();
  await expect(text).rejects.toThrow();
  expect(proxy.running).toBe(0);
});
