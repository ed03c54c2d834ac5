// message:send through the gateway, authentication, the durable log and a sandboxed agent, against the official SDK's
// in-memory server. Read the ratio, not the figures.
//
//   node bench/send.ts --rounds 5 --seconds 4
import { randomUUID } from "node:crypto";
import { measureAgainstSdk } from "./against-sdk.ts";
import type { Subject } from "./closed-loop.ts";

const text = "x".repeat(700);

function subject(base: string, headers: { readonly [name: string]: string }): Subject {
  const url = new URL(`${base}/message:send`);
  return {
    origin: url.origin,
    next: () => ({
      method: "POST",
      path: url.pathname,
      headers: { "content-type": "application/json", "a2a-version": "1.0", ...headers },
      body: JSON.stringify({ message: { messageId: randomUUID(), role: "ROLE_USER", parts: [{ text }] } }),
    }),
    check: (body) => body.includes("TASK_STATE_COMPLETED") && body.includes(text),
  };
}

await measureAgainstSdk({ bench: "send", sdkServer: "sdk-server.ts", subject });
