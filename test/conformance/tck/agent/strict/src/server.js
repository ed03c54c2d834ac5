// An agent that requires the extension by which TCK 1.0 tests CORE-CAP-004; whoever names it gets an echo.
import { createServer } from "node:http";

const port = Number(process.env.PORT ?? 8080);

const card = {
  name: "tck-strict",
  description: "Requires an extension.",
  version: "1.0.0",
  supportedInterfaces: [{ url: `http://localhost:${port}/`, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
  capabilities: { streaming: false, extensions: [{ uri: "urn:a2a:tck:required-extension", required: true }] },
  defaultInputModes: ["text/plain"],
  defaultOutputModes: ["text/plain"],
  skills: [{ id: "echo", name: "echo", description: "Says it again.", tags: ["test"] }],
};

async function answer(request, response) {
  response.setHeader("content-type", "application/json");
  if (request.method === "GET") return response.end(JSON.stringify(card));
  const chunks = await Array.fromAsync(request);
  const { id, params } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  const message = { messageId: crypto.randomUUID(), role: "ROLE_AGENT", parts: params.message.parts };
  return response.end(JSON.stringify({ jsonrpc: "2.0", id, result: { message } }));
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    console.error(error);
    response.destroy();
  });
});
server.listen(port, "localhost", () => console.log(`listening on ${port}`));

process.once("SIGTERM", () => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
