import { connect } from "node:net";
import type { Socket } from "node:net";
import { waitFor } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openRegistryHouse } from "./registry.fixture.ts";
import type { RegistryHouse } from "./registry.fixture.ts";

// A layer may take longer than other requests may. What says nothing is let go all the same.

const OCTETS = "application/octet-stream";

let registry: RegistryHouse;
const sockets: Socket[] = [];
beforeAll(async () => {
  const limits = { requestTimeoutMs: 400, headersTimeoutMs: 300, streamStallMs: 5_000 };
  registry = await openRegistryHouse({ gateway: { limits } });
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await registry[Symbol.asyncDispose]();
});

interface Request {
  readonly socket: Socket;
  answer: string;
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly type: string;
}

/** Sends half of a body of four bytes. */
function begin({ house, admin }: RegistryHouse, { method, path, type }: Asked): Request {
  const socket = connect(house.port, "127.0.0.1");
  sockets.push(socket);
  const request: Request = { socket, answer: "" };
  socket.setEncoding("utf8").on("data", (text: string) => (request.answer += text));
  socket.on("error", () => undefined);
  const head = [
    `${method} ${path} HTTP/1.1`,
    "Host: localhost",
    `Authorization: Bearer ${admin}`,
    `Content-Type: ${type}`,
    "Content-Length: 4",
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\nab`);
  return request;
}

test("a piece of an upload may arrive slowly, where another body may not", async () => {
  const { headers } = await registry.call("POST", "/v2/slow/blobs/uploads/");
  const upload = begin(registry, { method: "PATCH", path: headers.location ?? "", type: OCTETS });
  const other = begin(registry, { method: "POST", path: "/v1/keys", type: "application/json" });
  await waitFor("the other to be cut", () => other.answer.startsWith("HTTP/1.1 408"));
  expect(upload.answer).toBe("");
  upload.socket.write("cd");
  await waitFor("the answer", () => upload.answer.startsWith("HTTP/1.1 202") && upload.answer.includes("Range: 0-3"));
});

test("a sender that says nothing is let go, and what came until then is kept", async () => {
  const limits = { requestTimeoutMs: 10_000, headersTimeoutMs: 5_000, streamStallMs: 100 };
  await using quick = await openRegistryHouse({ gateway: { limits } });
  const { headers } = await quick.call("POST", "/v2/silent/blobs/uploads/");
  const path = headers.location ?? "";
  const upload = begin(quick, { method: "PATCH", path, type: OCTETS });
  await waitFor("the answer", () => upload.answer.startsWith("HTTP/1.1 504") && upload.answer.includes("TIMED_OUT"));
  expect((await quick.call("GET", path)).headers.range).toBe("0-1");
});
