import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";

/** One request to the agent and the ways to answer it. */
export interface AgentCall {
  readonly path: string;
  readonly method: string;
  // Requests come from our own connector; tests look into them freely.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
  readonly headers: IncomingMessage["headers"];
  readonly response: ServerResponse;
  /** Writes one SSE frame with a JSON-RPC result. Resolves false when the socket asks to wait. */
  frame(result: object): boolean;
  end(): void;
  json(value: unknown, status?: number): void;
}

export const CARD = {
  name: "echo",
  description: "Echoes.",
  version: "1.0.0",
  supportedInterfaces: [{ url: "http://localhost/rpc", protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
  capabilities: { streaming: true },
  defaultInputModes: ["text/plain"],
  defaultOutputModes: ["text/plain"],
  skills: [{ id: "echo", name: "echo", description: "Echoes.", tags: ["test"] }],
} as const;

/** An A2A agent whose answers a test writes. */
export function scriptedAgent(answer: (call: AgentCall) => void, card: unknown = CARD): RequestListener {
  return (request, response) => {
    response.on("error", () => {});
    if (request.url === "/.well-known/agent-card.json") {
      response.setHeader("content-type", "application/json").end(JSON.stringify(card));
      return;
    }
    const chunks: Buffer[] = [];
    request.on("error", () => {});
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      answer({
        path: request.url ?? "",
        method: request.method ?? "",
        body: text === "" ? undefined : JSON.parse(text),
        headers: request.headers,
        response,
        frame: (result) => {
          if (!response.headersSent) response.writeHead(200, { "content-type": "text/event-stream" });
          return response.write(`data: ${JSON.stringify({ jsonrpc: "2.0", id: "1", result })}\n\n`);
        },
        end: () => void response.end(),
        json: (value, status = 200) =>
          void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value)),
      });
    });
  };
}

export function status(state: string, taskId = "t1"): { statusUpdate: object } {
  return { statusUpdate: { taskId, contextId: "c1", status: { state } } };
}

export function task(state: string, id = "t1"): { task: { id: string; contextId: string; status: { state: string } } } {
  return { task: { id, contextId: "c1", status: { state } } };
}
