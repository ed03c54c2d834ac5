import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { PlatformError } from "@berth/protocol";
import { readExportAnswer, writeOtlp } from "@berth/telemetry";
import type { SpanRecord } from "@berth/telemetry";
import { afterEach, expect, it } from "vitest";
import type { RuntimeTelemetry } from "../runtime-telemetry.ts";
import { servicesListener } from "./services-listener.ts";

const peer = { orgId: "org", agentId: "agt", agentName: "a", releaseId: "rel", instanceId: "ins" };
const NOW = Date.parse("2026-11-29T12:00:00Z");
const span: SpanRecord = {
  traceId: "1".repeat(32),
  spanId: "2".repeat(16),
  name: "crunch",
  kind: "internal",
  startUs: NOW * 1_000,
  endUs: NOW * 1_000 + 5,
  status: "ok",
  attributes: { rows: 3 },
  source: "agent",
};
const opened: Server[] = [];
afterEach(() => {
  for (const server of opened.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

type Ingest = RuntimeTelemetry["ingest"];

async function serve(ingest: Ingest | undefined): Promise<(path: string, init?: RequestInit) => Promise<Response>> {
  const ignore = (): void => undefined;
  const telemetry = ingest === undefined ? undefined : { line: ignore, wake: ignore, fault: ignore, ingest };
  const server = createServer(
    servicesListener({ peer, services: () => undefined, telemetry: () => telemetry, now: () => NOW, log: ignore }),
  );
  opened.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  // It listens on TCP.
  const { port } = server.address() as AddressInfo;
  return async (path, init) => await fetch(`http://127.0.0.1:${port}${path}`, init);
}

const send = (body: Uint8Array | string, headers: Readonly<Record<string, string>>): RequestInit => ({
  method: "POST",
  body: typeof body === "string" ? body : Buffer.from(body),
  headers,
});

it.each([
  ["protobuf", "application/x-protobuf", undefined],
  ["json", "application/json; charset=utf-8", undefined],
  ["protobuf", "application/x-protobuf", "gzip"],
] as const)(
  "takes spans as %s (%s, %s) without a token, as those of the socket's instance",
  async (encoding, type, coding) => {
    const seen: unknown[] = [];
    const ask = await serve(async (from, { records }) => {
      seen.push(from, ...records);
      return { rejected: 0 };
    });
    const body = writeOtlp("traces", encoding, [span]);
    const headers = { "content-type": type, ...(coding === undefined ? {} : { "content-encoding": coding }) };
    const answer = await ask("/v1/traces", send(coding === undefined ? body : gzipSync(body), headers));
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, type.split(";")[0]]);
    expect(seen).toMatchObject([
      peer,
      { traceId: span.traceId, spanId: span.spanId, name: "crunch", attributes: { rows: 3 } },
    ]);
  },
);

it("tells how many records were left out and why, in the request's encoding", async () => {
  const ask = await serve(async () => ({ rejected: 2, message: "2: no" }));
  for (const [encoding, type] of [
    ["protobuf", "application/x-protobuf"],
    ["json", "application/json"],
  ] as const) {
    const answer = await ask("/v1/traces", send(writeOtlp("traces", encoding, [span]), { "content-type": type }));
    const bytes = new Uint8Array(await answer.arrayBuffer());
    expect(readExportAnswer("traces", encoding, bytes)).toEqual({ rejected: 2, message: "2: no" });
  }
});

it("refuses what is no telemetry, and asks to come back when there is no room", async () => {
  const full: Ingest = async () => {
    throw new PlatformError("RATE_LIMITED", "There is no room.", { retryable: true });
  };
  const ask = await serve(full);
  const json = { "content-type": "application/json" };
  const statusOf = async (path: string, init: RequestInit): Promise<number> => (await ask(path, init)).status;
  expect(await statusOf("/v1/traces", { method: "PUT", body: "{}", headers: json })).toBe(404);
  expect(await statusOf("/v1/traces", send("{}", { "content-type": "text/plain" }))).toBe(400);
  expect(await statusOf("/v1/traces", send("{", json))).toBe(400);
  expect(await statusOf("/v1/traces", send("not gzip", { ...json, "content-encoding": "gzip" }))).toBe(400);
  const bomb = gzipSync(Buffer.alloc(17 * 1024 * 1024));
  expect(await statusOf("/v1/traces", send(bomb, { ...json, "content-encoding": "gzip" }))).toBe(400);
  const refused = await ask("/v1/traces", send(writeOtlp("traces", "json", [span]), json));
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "5"]);
  const early = await (await serve(undefined))("/v1/logs", send("{}", json));
  expect(early.status).toBe(429);
});
