import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { randomUUID } from "node:crypto";

const QUESTION = "https://berth.dev/extensions/question/v1";
const SKILL_CALL = "https://berth.dev/extensions/skill-call/v1";
const PROGRESS = "https://berth.dev/extensions/progress/v1";
const LOG = "https://berth.dev/extensions/log/v1";

export interface Json {
  readonly [key: string]: unknown;
}

export interface Ask {
  readonly key: string;
  readonly text: string;
  readonly schema?: Json;
  readonly method?: string;
  readonly params?: Json;
}

/** A skill runs from the beginning in every turn of its task, and finds the answers so far by their keys. */
export interface Run {
  readonly input: Json;
  readonly answers: ReadonlyMap<string, unknown>;
  readonly signal: AbortSignal;
  progress(text: string, fraction?: number): void;
  log(level: string, data: unknown): void;
  /** A piece of the result, before the end of it. */
  chunk(text: string): void;
  /** Ends the turn: every question that has no answer yet. */
  ask(questions: readonly Ask[]): void;
  complete(...parts: readonly Json[]): void;
  fail(text: string): void;
  /** Breaks the protocol: the stream ends without an end. */
  vanish(): void;
}
export type Skill = (run: Run) => void | Promise<void>;

interface AgentOptions {
  /** As it is when it is asked for. */
  readonly card: () => Json;
  readonly skills: ReadonlyMap<string, Skill>;
  /** The path of a socket, or a port of this machine; 0 is a free one. */
  readonly listen: string | number;
}

interface Task {
  readonly id: string;
  readonly contextId: string;
  readonly skill: string;
  readonly input: Json;
  readonly answers: Map<string, unknown>;
  readonly controller: AbortController;
}

const tasks = new Map<string, Task>();

/** A2A 1.0 over JSON-RPC, as much of it as the platform speaks to an agent. */
export function serveAgent({ card, skills, listen }: AgentOptions): Server {
  const server = createServer((req, res) => {
    void (async () => {
      if (req.method === "GET") return sendJson(res, card());
      const { id, method, params } = JSON.parse(await textOf(req));
      if (method === "SendStreamingMessage") return await runTurn(res, id, params.message, skills);
      if (method === "CancelTask") return sendJson(res, { jsonrpc: "2.0", id, result: cancel(params.id) });
      sendJson(res, { jsonrpc: "2.0", id, error: { code: -32601, message: `There is no ${method}.` } });
    })();
  });
  if (typeof listen === "string") server.listen(listen);
  else server.listen(listen, "127.0.0.1");
  return server;
}

async function runTurn(
  res: ServerResponse,
  rpcId: unknown,
  message: Json,
  skills: ReadonlyMap<string, Skill>,
): Promise<void> {
  const task = takeIn(message);
  const at = { taskId: task.id, contextId: task.contextId };
  res.writeHead(200, { "content-type": "text/event-stream" });
  const send = (result: Json): void => {
    if (res.writableEnded) return;
    res.write(`data: ${JSON.stringify({ jsonrpc: "2.0", id: rpcId, result })}\n\n`);
  };
  const status = (state: string, parts?: readonly Json[], metadata?: Json): void => {
    const said =
      parts === undefined ? {} : { message: { messageId: randomUUID(), role: "ROLE_AGENT", parts, metadata } };
    send({ statusUpdate: { ...at, status: { state: `TASK_STATE_${state}`, ...said } } });
  };
  send({ task: { id: task.id, contextId: task.contextId, status: { state: "TASK_STATE_WORKING" } } });
  const run: Run = {
    input: task.input,
    answers: task.answers,
    signal: task.controller.signal,
    progress: (text, fraction) =>
      status("WORKING", [{ text }], fraction === undefined ? {} : { [PROGRESS]: { fraction } }),
    log: (level, data) =>
      send({ statusUpdate: { ...at, status: { state: "TASK_STATE_WORKING" }, metadata: { [LOG]: { level, data } } } }),
    chunk: (text) => {
      const artifact = { artifactId: "draft", name: "draft.txt", parts: [{ text }] };
      send({ artifactUpdate: { ...at, artifact, append: true, lastChunk: false } });
    },
    ask: (questions) => {
      const open = questions.filter(({ key }) => !task.answers.has(key));
      status(
        "INPUT_REQUIRED",
        open.map(({ text, ...spec }) => ({ text, metadata: { [QUESTION]: spec } })),
      );
      res.end();
    },
    complete: (...parts) => {
      send({ artifactUpdate: { ...at, artifact: { artifactId: "output", parts }, lastChunk: true } });
      status("COMPLETED");
      res.end();
    },
    fail: (text) => {
      status("FAILED", [{ text }]);
      res.end();
    },
    vanish: () => res.destroy(),
  };
  try {
    await skills.get(task.skill)?.(run);
  } catch (error) {
    if (task.controller.signal.aborted) status("CANCELED");
    else status("FAILED", [{ text: String(error) }]);
    res.end();
  }
}

/** A new task, or the answers to what a known one asked. */
function takeIn(message: Json): Task {
  const known = tasks.get(String(message["taskId"]));
  const parts = message["parts"] as readonly Json[];
  if (known !== undefined) {
    for (const part of parts) {
      const key = ((part["metadata"] as Json | undefined)?.[QUESTION] as Json | undefined)?.["key"];
      if (typeof key === "string") known.answers.set(key, part["data"] ?? part["text"]);
    }
    return known;
  }
  const { skill, input } = (message["metadata"] as Json)[SKILL_CALL] as { skill: string; input: Json };
  const contextId = typeof message["contextId"] === "string" ? message["contextId"] : randomUUID();
  const controller = new AbortController();
  const task = { id: randomUUID(), contextId, skill, input: input ?? {}, answers: new Map(), controller };
  tasks.set(task.id, task);
  return task;
}

function cancel(id: string): Json {
  const task = tasks.get(id);
  task?.controller.abort();
  return { id, contextId: task?.contextId ?? "", status: { state: "TASK_STATE_CANCELED" } };
}

function sendJson(res: ServerResponse, body: unknown): void {
  res.writeHead(200, { "content-type": "application/json" });
  res.end(JSON.stringify(body));
}

async function textOf(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
