// MCP `tools/call` through the gateway, authentication, the durable log and a sandboxed agent, against the official SDK's
// own server, which keeps nothing. Read the ratio, not the figures.
//
//   node bench/tools-call.ts --rounds 5 --seconds 4
import { measureAgainstSdk } from "./against-sdk.ts";
import type { Subject } from "./closed-loop.ts";

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

await measureAgainstSdk({ bench: "tools-call", sdkServer: "mcp-sdk-server.ts", subject });
