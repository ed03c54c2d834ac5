import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { greet, serveForTest, testAgent } from "./agent-fixture.ts";

test("the stream of a run that is over at once arrives in one piece, from its head to its end", async () => {
  const { url } = await serveForTest(testAgent({ skills: { greet } }));
  const message = { messageId: "m1", role: "ROLE_USER", parts: [{ data: { name: "Ada" } }] };
  const body = JSON.stringify({ jsonrpc: "2.0", id: "1", method: "SendStreamingMessage", params: { message } });
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(
    `POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  // Node's type of an event's arguments is any.
  const [first] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  const text = first.toString();
  expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(text).toContain("Hello, Ada");
  expect(text).toContain("TASK_STATE_COMPLETED");
  expect(text.endsWith("0\r\n\r\n")).toBe(true);
});
