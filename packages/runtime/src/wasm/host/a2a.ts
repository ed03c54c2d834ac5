import type { IncomingMessage, ServerResponse } from "node:http";
import type { JsonObject, SendMessageRequest, StreamResponse } from "@berth/protocol";
import type { HostTask } from "./host-task.ts";
import type { HostedAgent } from "./hosted-agent.ts";

const MAX_BODY_BYTES = 64 * 1024 * 1024;
const HEARTBEAT_MS = 15_000;

/** HTTP+JSON of A2A 1.0 (§11), as far as the platform's connector speaks it: nobody else reaches this socket. */
export async function serveA2a(agent: HostedAgent, request: IncomingMessage, response: ServerResponse): Promise<void> {
  await agent.ready();
  const path = (request.url ?? "/").split("?")[0] ?? "/";
  const action = /^\/tasks\/([^/:]+)(:cancel|:subscribe)?$/.exec(path);
  if (path === "/.well-known/agent-card.json") return sendJson(response, 200, agent.card ?? {});
  if (path === "/message:stream" || path === "/message:send") {
    const task = accept(agent, await readJson(request));
    if (task === undefined) return sendError(response, 400, "UNSUPPORTED_OPERATION", "The task takes no message now.");
    if (path === "/message:stream") return follow(task, response);
    await turnOver(task, response);
    return sendJson(response, 200, { task: task.snapshot() });
  }
  const task = action?.[1] === undefined ? undefined : agent.find(decodeURIComponent(action[1]));
  if (action === null) return sendError(response, 404, "METHOD_NOT_FOUND", "There is nothing at this address.");
  if (task === undefined) return sendError(response, 404, "TASK_NOT_FOUND", "There is no such task.");
  if (action[2] === ":subscribe") return follow(task, response);
  if (action[2] === ":cancel") task.cancel();
  return sendJson(response, 200, task.snapshot());
}

/** A new task, or the one that waited for this message. */
function accept(agent: HostedAgent, body: JsonObject): HostTask | undefined {
  // The platform's connector built it.
  const request = body as unknown as SendMessageRequest;
  const { taskId } = request.message;
  if (taskId === undefined) return agent.start(request);
  const task = agent.find(taskId);
  return task?.answer(request.message) === true ? task : undefined;
}

function follow(task: HostTask, response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  const heartbeat = setInterval(() => response.write(":\n\n"), HEARTBEAT_MS);
  const write = (frame: StreamResponse): void => {
    if (!response.destroyed && !response.writableEnded) response.write(`data: ${JSON.stringify(frame)}\n\n`);
  };
  write({ task: task.snapshot() });
  const end = (): void => {
    response.end();
  };
  const stop = task.follow({ frame: write, turnOver: end, drained: async () => await drained(response) });
  response.once("close", () => {
    clearInterval(heartbeat);
    stop();
  });
  if (task.isTurnOver) end();
}

function drained(response: ServerResponse): Promise<void> {
  if (!response.writableNeedDrain || response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.once("drain", done);
    response.once("close", done);
  });
}

function turnOver(task: HostTask, response: ServerResponse): Promise<void> {
  if (task.isTurnOver) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      stop();
      resolve();
    };
    const stop = task.follow({ frame: () => {}, turnOver: done, drained: () => Promise.resolve() });
    response.once("close", done);
  });
}

export async function readBody(request: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    // No encoding is set: buffers.
    const piece = chunk as Buffer;
    size += piece.length;
    if (size > MAX_BODY_BYTES) throw new Error("The body is larger than 64 MiB.");
    chunks.push(piece);
  }
  return Buffer.concat(chunks);
}

export async function readJson(request: IncomingMessage): Promise<JsonObject> {
  // Only the platform writes to this socket.
  return JSON.parse((await readBody(request)).toString("utf8")) as JsonObject;
}

export function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

function sendError(response: ServerResponse, status: number, reason: string, message: string): void {
  const details = [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason, domain: "a2a-protocol.org" }];
  sendJson(response, status, { error: { code: status, message, details } });
}
