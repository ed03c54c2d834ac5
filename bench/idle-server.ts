// The least an open stream can cost in Node: a server that sends the headers and holds the answer open.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const server = createServer((_req, res) => {
  res.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  res.flushHeaders();
});
server.listen(0, "127.0.0.1", () => {
  // A TCP server that listens has such an address.
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}`, pid: process.pid })}\n`);
});
process.once("SIGTERM", () => process.exit(0));
