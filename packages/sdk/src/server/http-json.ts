import type { IncomingMessage, ServerResponse } from "node:http";
import {
  PlatformError,
  parseCancelTaskRequest,
  parseGetTaskRequest,
  parseListTasksRequest,
  parseSendMessageRequest,
  parseSubscribeToTaskRequest,
} from "@berth/protocol";
import type { AgentService } from "./agent-service.ts";
import { EventWriter } from "./event-writer.ts";
import { closedSignal, sendJson } from "./http-response.ts";
import type { TaskListener } from "./live-task.ts";
import { checkVersion } from "./protocol-version.ts";
import { readJson } from "./read-body.ts";
import { httpStatusOf, toHttpError, toPlatformError } from "./wire-errors.ts";

/** A2A 1.0.1 §11: resources under the agent's address; errors are google.rpc.Status with an HTTP status. */
export async function handleHttpJson(
  service: AgentService,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  // 1.0.1 says a2a+json, 1.0.0 said json: whoever asks with one gets it back.
  const asked = `${request.headers["content-type"] ?? ""} ${request.headers.accept ?? ""}`;
  const contentType = asked.includes("application/a2a+json") ? "application/a2a+json" : "application/json";
  try {
    checkVersion(request, url);
    await route({ service, request, response, url, contentType });
  } catch (error) {
    const failure = toPlatformError(error);
    if (!response.headersSent) {
      sendJson(response, { body: toHttpError(failure), status: httpStatusOf(failure), contentType });
    }
  }
}

interface Exchange {
  readonly service: AgentService;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly contentType: string;
}

async function route(exchange: Exchange): Promise<void> {
  const { service, request, response, url } = exchange;
  const path = url.pathname;
  const isGet = request.method === "GET";
  const isPost = request.method === "POST";
  if (isPost && path === "/message:send") {
    const message = parseSendMessageRequest(await readJson(request));
    return answer(exchange, await service.send(message, closedSignal(response)));
  }
  if (isPost && path === "/message:stream") {
    const message = parseSendMessageRequest(await readJson(request));
    return stream(exchange, (listener) => service.stream(message, listener));
  }
  if (isGet && path === "/tasks") return answer(exchange, service.listTasks(parseListTasksRequest(queryOf(url))));
  if (isGet && path === "/extendedAgentCard") {
    throw new PlatformError("UNSUPPORTED_OPERATION", "This agent has no extended card.");
  }
  const [, id, action] =
    /^\/tasks\/([^/:]+)(:cancel|:subscribe|\/pushNotificationConfigs(?:\/[^/]+)?)?$/.exec(path) ?? [];
  if (id === undefined) throw notFound(request, path);
  return taskRoute(exchange, decode(id), action);
}

async function taskRoute(exchange: Exchange, id: string, action: string | undefined): Promise<void> {
  const { service, request, url } = exchange;
  const { method } = request;
  if (action === undefined && method === "GET") {
    return answer(exchange, service.getTask(parseGetTaskRequest({ ...queryOf(url), id })));
  }
  if (action === ":cancel" && method === "POST") {
    const hasBody = (request.headers["content-length"] ?? "0") !== "0" || "transfer-encoding" in request.headers;
    const body = hasBody ? await readJson(request) : {};
    return answer(exchange, service.cancelTask(parseCancelTaskRequest({ ...asObject(body), id })));
  }
  // The proto says GET, the text of §11.3 POST: both.
  if (action === ":subscribe" && (method === "GET" || method === "POST")) {
    const subscription = parseSubscribeToTaskRequest({ id });
    return stream(exchange, (listener) => service.subscribe(subscription, listener));
  }
  if (action?.startsWith("/pushNotificationConfigs") === true) {
    throw new PlatformError("PUSH_NOTIFICATION_NOT_SUPPORTED", "This agent sends no push notifications.");
  }
  throw notFound(request, url.pathname);
}

function answer({ response, contentType }: Exchange, body: object): void {
  sendJson(response, { body, contentType });
}

function stream({ response }: Exchange, start: (listener: TaskListener) => () => void): void {
  let writer: EventWriter | undefined;
  const open = (): EventWriter => (writer ??= new EventWriter(response));
  const stop = start({
    frame: (frame, seq) => open().write(frame, seq),
    end: () => open().end(),
    drained: () => writer?.drained(),
  });
  open();
  response.once("close", stop);
}

/** Query values are text; the parsers want what they stand for, and name the field when it is something else. */
function queryOf(url: URL): { readonly [name: string]: unknown } {
  const query: { [name: string]: unknown } = {};
  for (const [name, value] of url.searchParams) {
    if (name === "A2A-Version") continue;
    if (name === "includeArtifacts" && (value === "true" || value === "false")) query[name] = value === "true";
    else if ((name === "pageSize" || name === "historyLength") && /^-?\d+$/.test(value)) query[name] = Number(value);
    else query[name] = value;
  }
  return query;
}

function asObject(body: unknown): object {
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return body;
  throw new PlatformError("INVALID_PARAMS", "The body must be a JSON object.");
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    throw new PlatformError("INVALID_PARAMS", "The task id in the path is not valid.", { cause: error });
  }
}

function notFound(request: IncomingMessage, path: string): PlatformError {
  return new PlatformError("ROUTE_NOT_FOUND", `There is no ${request.method ?? ""} ${path}.`);
}
