import type { IncomingMessage, ServerResponse } from "node:http";
import { PlatformError, isPlatformError } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import type { AgentModels, ModelCall } from "../agent-models.ts";
import type { ServicesPeer } from "../agent-services.ts";
import { readJsonObject } from "../services/request-body.ts";
import { toOpenAiError } from "./openai-error.ts";

export interface ModelListenerOptions {
  readonly peer: ServicesPeer;
  /** Undefined before the platform has opened. */
  readonly models: () => AgentModels | undefined;
  /** Of the instance. */
  readonly turns: () => readonly string[];
  readonly log: (line: string) => void;
}

/** Where a model's request may be large: whole documents, images as base64. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;
/** Of one instance at once; their bodies lie in memory. */
const MAX_CALLS = 16;
const STALLED_MS = 60_000;
const GRANT = /^(?:Grant|Bearer) (acg1_\S{1,8192})$/i;

/**
 * `/v1/chat/completions`, `/v1/embeddings` and `/v1/models` for one instance, as OpenAI serves them. What it gives never
 * rejects.
 */
export function modelListener(
  options: ModelListenerOptions,
): (path: string, req: IncomingMessage, res: ServerResponse) => Promise<void> {
  let calls = 0;
  return async (path, req, res) => {
    calls += 1;
    try {
      if (calls > MAX_CALLS) {
        throw new PlatformError("RATE_LIMITED", `An instance may call models ${MAX_CALLS} times at once.`, {
          retryable: true,
          metadata: { retryAfterSeconds: "1" },
        });
      }
      await answer(path, req, res, options);
    } catch (error) {
      if (!isPlatformError(error)) options.log(`models of ${options.peer.agentName}: ${String(error)}`);
      sayError(res, isPlatformError(error) ? error : internal(error));
    } finally {
      calls -= 1;
    }
  };
}

async function answer(
  path: string,
  req: IncomingMessage,
  res: ServerResponse,
  { peer, models, turns }: ModelListenerOptions,
): Promise<void> {
  const target = models();
  if (target === undefined) {
    throw new PlatformError("SHUTTING_DOWN", "The platform is not ready for agents yet.", { retryable: true });
  }
  const gone = new AbortController();
  res.once("close", () => gone.abort());
  const [, grant] = GRANT.exec(req.headers.authorization ?? "") ?? [];
  const call: ModelCall = { peer, turns: turns(), signal: gone.signal, ...(grant === undefined ? {} : { grant }) };
  const route = `${req.method ?? ""} ${path.split("?", 1)[0] ?? ""}`;
  switch (route) {
    case "GET /v1/models": {
      const listed = await target.list(call);
      const data = listed.map(({ id, provider }) => ({ id, object: "model", created: 0, owned_by: provider }));
      return sendWhole(res, { object: "list", data });
    }
    case "POST /v1/chat/completions": {
      const made = await target.chat(call, await readJsonObject(req, MAX_BODY_BYTES));
      if ("json" in made) return sendWhole(res, made.json);
      return await sendStream(res, made.chunks);
    }
    case "POST /v1/embeddings":
      return sendWhole(res, await target.embed(call, await readJsonObject(req, MAX_BODY_BYTES)));
    default:
      throw new PlatformError("ROUTE_NOT_FOUND", "There is nothing at this address of the models.", {
        hint: "There are POST /v1/chat/completions, POST /v1/embeddings and GET /v1/models.",
      });
  }
}

function sendWhole(res: ServerResponse, body: JsonObject): void {
  if (res.destroyed) return;
  res.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" }).end(JSON.stringify(body));
}

/** The first chunk is waited for: until then an error still has a status. Afterwards it is the stream's last event. */
async function sendStream(res: ServerResponse, chunks: AsyncIterable<JsonObject>): Promise<void> {
  const left = chunks[Symbol.asyncIterator]();
  let next = await left.next();
  res.setTimeout(0);
  res.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  try {
    for (; next.done !== true; next = await left.next()) {
      if (res.destroyed) return;
      if (!res.write(`data: ${JSON.stringify(next.value)}\n\n`)) await drained(res);
    }
    res.end("data: [DONE]\n\n");
  } catch (error) {
    if (res.destroyed) return;
    const told = toOpenAiError(isPlatformError(error) ? error : internal(error));
    res.end(`data: ${JSON.stringify(told.body)}\n\n`);
    if (!isPlatformError(error)) throw error;
  } finally {
    await left.return?.();
  }
}

/** An agent that does not read holds a provider's connection for a minute and no longer. */
async function drained(res: ServerResponse): Promise<void> {
  const timer = setTimeout(() => res.destroy(), STALLED_MS);
  await new Promise<void>((resolve) => {
    res.once("drain", resolve);
    res.once("close", resolve);
  });
  clearTimeout(timer);
}

function sayError(res: ServerResponse, error: PlatformError): void {
  if (res.headersSent || res.destroyed) return void res.destroy();
  const { status, headers, body } = toOpenAiError(error);
  res.writeHead(status, { ...headers, "content-type": "application/json" }).end(JSON.stringify(body));
}

function internal(cause: unknown): PlatformError {
  return new PlatformError("INTERNAL", "The platform could not do this.", { cause });
}
