// Starts the server as anyone would, calls it with the official client, and exits non-zero when it is wrong.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import assert from "node:assert/strict";
import { Message } from "@a2a-js/sdk";
import { ClientFactory } from "@a2a-js/sdk/client";

const server = spawn(process.execPath, [new URL("src/server.js", import.meta.url).pathname], {
  env: { ...process.env, PORT: "0" },
  stdio: ["ignore", "pipe", "inherit"],
});
const giveUp = setTimeout(() => {
  console.error("plain-a2a-server: no answer within 20 s");
  server.kill("SIGKILL");
  process.exit(1);
}, 20_000);

try {
  const [line] = await once(createInterface(server.stdout), "line");
  const url = line.replace("listening on ", "");
  const client = await new ClientFactory().createFromUrl(url);
  const message = { messageId: "1", role: "ROLE_USER", parts: [{ text: "berth" }] };
  const result = await client.sendMessage({ message: Message.fromJSON(message) });
  assert.equal(result.artifacts[0].parts[0].content.value, "htreb");
  console.log("plain-a2a-server: ok");
} finally {
  clearTimeout(giveUp);
  server.kill("SIGTERM");
}
