// The yardstick of MCP: the official SDK's server behind its own Streamable HTTP transport, as its stateless sample sets
// it up: one server and one transport per request.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { z } from "zod";

function echoServer(): McpServer {
  const server = new McpServer({ name: "sdk-echo", version: "1.0.0" });
  const shape = { text: z.string() };
  server.registerTool(
    "echo",
    { description: "Returns the text it gets.", inputSchema: shape, outputSchema: shape },
    ({ text }) => ({ content: [{ type: "text", text: JSON.stringify({ text }) }], structuredContent: { text } }),
  );
  return server;
}

const http = createServer((req, res) => {
  void (async () => {
    const server = echoServer();
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
    res.once("close", () => {
      void transport.close();
      void server.close();
    });
    await server.connect(transport);
    await transport.handleRequest(req, res);
  })();
});
http.listen(0, "127.0.0.1", () => {
  // A TCP server that listens has such an address.
  const { port } = http.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
});
process.once("SIGTERM", () => process.exit(0));
