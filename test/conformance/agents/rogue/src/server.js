// An agent that breaks the protocol on purpose, each message in the way its text names.
import { createServer } from "node:http";
import { misdeeds } from "./misdeeds.js";

const port = Number(process.env.PORT ?? 8080);

const card = {
  name: "rogue",
  description: "Breaks the protocol on purpose.",
  version: "1.0.0",
  supportedInterfaces: [{ url: `http://localhost:${port}/`, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
  capabilities: { streaming: true },
  defaultInputModes: ["text/plain"],
  defaultOutputModes: ["text/plain"],
  skills: [
    { id: "rogue", name: "rogue", description: "Misbehaves.", tags: ["test"] },
    { id: "secret", name: "secret", description: "Misbehaves where few can see it.", tags: ["test"] },
  ],
};

async function bodyOf(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text === "" ? {} : JSON.parse(text);
}

async function answer(request, response) {
  if (request.method === "GET") {
    response.setHeader("content-type", "application/json").end(JSON.stringify(card));
    return;
  }
  const { id, method, params } = await bodyOf(request);
  if (method === "CancelTask") {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ jsonrpc: "2.0", id, error: { code: -32002, message: "I will not stop." } }));
    return;
  }
  const { message } = params;
  const open = () => response.writeHead(200, { "content-type": "text/event-stream" });
  const raw = (text) => (response.headersSent || open() ? response.write(`data: ${text}\n\n`) : false);
  const frame = (result) => raw(JSON.stringify({ jsonrpc: "2.0", id, result }));
  const misdeed = misdeeds[message.parts[0]?.text] ?? misdeeds.none;
  await misdeed({ request, response, message, raw, frame });
  if (!response.writableEnded) response.end();
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
