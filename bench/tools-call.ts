// MCP `tools/call` through the gateway, authentication, the durable log and a sandboxed agent, against the official SDK's
// own server, which keeps nothing. Read the ratio, not the figures.
//
//   node bench/tools-call.ts --rounds 5 --seconds 4
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startChild } from "./child.ts";
import type { Subject } from "./closed-loop.ts";
import { startPlatform } from "./platform.ts";
import { compareInRounds } from "./rounds.ts";
import type { Comparison } from "./rounds.ts";
import { table } from "./statistics.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "4" },
    connections: { type: "string", default: "1,16,64" },
    json: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const widths = values.connections.split(",").map(Number);

const text = "x".repeat(700);
const params = { name: "echo", arguments: { text } };
let calls = 0;

function subject(base: string, headers: { readonly [name: string]: string }): Subject {
  const url = new URL(`${base}/mcp`);
  return {
    origin: url.origin,
    next: () => ({
      method: "POST",
      path: url.pathname,
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": "2025-11-25",
        ...headers,
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: ++calls, method: "tools/call", params }),
    }),
    check: (body) => body.includes("structuredContent") && body.includes(text),
  };
}

await using platform = await startPlatform();
await platform.deploy(fileURLToPath(new URL("../examples/echo", import.meta.url)));
const sdk = await startChild<{ readonly url: string }>([fileURLToPath(new URL("mcp-sdk-server.ts", import.meta.url))]);
try {
  const ours = subject(`${platform.url}/agents/echo`, { authorization: `Bearer ${platform.token}` });
  const theirs = subject(sdk.ready.url, {});
  const results: Comparison[] = [];
  for (const connections of widths) {
    results.push(await compareInRounds(ours, theirs, { connections, rounds, seconds }));
  }
  if (!values.json) process.stdout.write(`${table(results.map((result) => ({ ...result })))}\n`);
  process.stdout.write(`${JSON.stringify({ bench: "tools-call", rounds, seconds, results })}\n`);
  if (results.some(({ errors }) => errors !== 0)) process.exitCode = 1;
} finally {
  await sdk.stop();
}
