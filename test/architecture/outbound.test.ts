import { describe, expect, test } from "vitest";
import { connectionViolations, unusedEntries } from "./outbound.ts";
import { readSources } from "./rows.ts";

const sources = readSources();

describe("connections to the outside", () => {
  test("are opened by the one client that checks addresses, and by nobody else", () => {
    expect(connectionViolations(sources)).toEqual([]);
  });

  test("no exception outlives its reason", () => {
    expect(unusedEntries(sources)).toEqual([]);
  });

  test.each([
    [`const answer = await fetch(url);`, "calls fetch"],
    [`const answer = await globalThis.fetch(url);`, "calls fetch"],
    [`const socket = new WebSocket(url);`, "calls fetch"],
    [`import { request } from "node:https";`, "takes a client from node:https"],
    [`import { createServer, get } from "node:http";`, "takes a client from node:http"],
    [`import http from "node:http";`, "takes a client from node:http"],
    [`import * as net from "node:net";`, "takes a client from node:net"],
    [`import { connect } from "node:tls";`, "takes a client from node:tls"],
    [`const { request } = await import("node:http");`, "takes a client from node:http"],
    [`import { Pool } from "undici";`, "imports undici"],
    [`import { resolve4 } from "node:dns/promises";`, "imports node:dns/promises"],
    [`import { createSocket } from "node:dgram";`, "imports node:dgram"],
  ])("a planted %s is caught", (text, way) => {
    const path = "packages/control/src/planted.ts";
    expect(connectionViolations([{ path, text }])).toEqual([`${path}: ${way}`]);
  });

  test.each([
    `import type { Dispatcher } from "undici";`,
    `import { createServer } from "node:http";`,
    `import { isIP } from "node:net";`,
    `await this.#fetch(url); prefetch(url); options.fetch(url);`,
    `// await fetch(url)`,
  ])("%s is none", (text) => {
    expect(connectionViolations([{ path: "packages/control/src/planted.ts", text }])).toEqual([]);
  });
});
