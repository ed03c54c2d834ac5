// An A2A 1.0 agent without any library: it answers with everything that came to it.
import { createServer } from "node:http";

const card = {
  name: "header-echo",
  description: "Answers with the headers and the metadata that it got.",
  version: "1.0.0",
  supportedInterfaces: [{ url: "http://localhost/", protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
  capabilities: { streaming: false },
  defaultInputModes: ["text/plain", "application/json"],
  defaultOutputModes: ["application/json"],
  skills: [{ id: "echo", name: "echo", description: "Echo", tags: ["test"] }],
};

let tasks = 0;

const server = createServer(async (req, res) => {
  const send = (value) => {
    res.writeHead(200, { "content-type": "application/json" });
    res.end(JSON.stringify(value));
  };
  if (req.method === "GET") return send(card);
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  const { id, params } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  const { contextId, metadata } = params.message;
  const data = { headers: req.rawHeaders, metadata: metadata ?? {}, request: params.metadata ?? {} };
  tasks += 1;
  const task = {
    id: `t${tasks}`,
    contextId,
    status: { state: "TASK_STATE_COMPLETED" },
    artifacts: [{ artifactId: "seen", name: "seen", parts: [{ data }] }],
  };
  send({ jsonrpc: "2.0", id, result: { task } });
});
server.listen(Number(process.env.PORT), "localhost");
