import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** A server of A2A that knows neither our SDK nor PORT. */
export function writePlainServer(parent: string): string {
  const folder = `${parent}/plain`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/package.json`, JSON.stringify({ name: "plain", type: "module", main: "server.js" }));
  writeFileSync(
    `${folder}/server.js`,
    `import { createServer } from "node:http";

const server = createServer(async (req, res) => {
  res.setHeader("content-type", "application/json");
  if (req.method === "GET") return res.end(JSON.stringify(card()));
  let text = "";
  for await (const chunk of req) text += chunk;
  const { id } = JSON.parse(text);
  const message = { messageId: "m-" + id, role: "ROLE_AGENT", parts: [{ text: "plain answer" }] };
  res.end(JSON.stringify({ jsonrpc: "2.0", id, result: { message } }));
});

function card() {
  const url = "http://localhost:" + server.address().port + "/";
  return {
    name: "plain", description: "Says one thing.", version: "1", capabilities: {},
    supportedInterfaces: [{ url, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
    defaultInputModes: ["text/plain"], defaultOutputModes: ["text/plain"],
    skills: [{ id: "say", name: "say", description: "Says it.", tags: [] }],
  };
}

if (import.meta.main) server.listen(0, "localhost");
`,
  );
  return folder;
}

/** A copy of the echo example that a test may change. */
export function copyEcho(parent: string): string {
  linkModules(parent);
  cpSync(`${ROOT}examples/echo`, `${parent}/echo`, {
    recursive: true,
    filter: (path) => !path.includes("node_modules"),
  });
  return `${parent}/echo`;
}

/** An agent that says `greeting`, and uses what the platform has for it. */
export function writeGreeter(parent: string, greeting: string, skills = ""): string {
  linkModules(parent);
  const folder = `${parent}/greeter`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/package.json`, JSON.stringify({ name: "greeter", type: "module", main: "agent.ts" }));
  writeFileSync(`${folder}/berth.json`, JSON.stringify({ name: "greeter", workspace: { read: ["notes/**"] } }));
  writeFileSync(
    `${folder}/agent.ts`,
    `import { defineAgent, skill } from "@berth/sdk";
import { z } from "zod";

export default defineAgent({
  name: "greeter",
  version: "1.0.0",
  description: "Greets.",
  skills: {
    greet: skill({
      description: "Greets.",
      output: z.object({ text: z.string() }),
      async run() {
        return { text: ${JSON.stringify(greeting)} };
      },
    }),
    note: skill({
      description: "Reads a file, and lets another agent say it.",
      output: z.unknown(),
      async run(_input, ctx) {
        const text = await ctx.workspace.readText("notes/a.txt");
        const answer = await ctx.call("echo", "echo", { text });
        return { text, answer, token: process.env.BERTH_TOKEN ?? null };
      },
    }),
    telemetry: skill({
      description: "Sends one line over OTLP.",
      output: z.unknown(),
      async run() {
        const line = { timeUnixNano: String(Date.now() * 1e6), severityNumber: 9, body: { stringValue: "over OTLP" } };
        const body = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [line] }] }] });
        const headers = { "content-type": "application/json" };
        const url = process.env.OTEL_EXPORTER_OTLP_ENDPOINT + "/v1/logs";
        return { status: (await fetch(url, { method: "POST", headers, body })).status };
      },
    }),
    ${skills}
  },
});
`,
  );
  return folder;
}

export function linkModules(parent: string): void {
  try {
    symlinkSync(`${ROOT}node_modules`, `${parent}/node_modules`);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}
