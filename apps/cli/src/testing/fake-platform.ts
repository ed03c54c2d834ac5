import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";

export interface FakeRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly token: string | undefined;
  readonly body: string;
}

export type FakeAnswer =
  | { readonly json: unknown; readonly status?: number }
  | { readonly text: string }
  | { readonly status: 204 }
  /** Frames of an event stream; `hold` keeps it open until the promise settles. */
  | { readonly events: readonly FakeEvent[]; readonly hold?: Promise<readonly FakeEvent[]> };

export interface FakeEvent {
  readonly event?: string;
  readonly id?: string;
  readonly data: unknown;
}

/** By `METHOD /path` without the query. */
export interface FakeRoutes {
  readonly [route: string]: FakeAnswer | ((request: FakeRequest) => FakeAnswer);
}

export interface FakePlatform extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly FakeRequest[];
}

/** The platform's HTTP API with answers from a table, on a port of its own. */
export async function startFakePlatform(routes: FakeRoutes): Promise<FakePlatform> {
  const requests: FakeRequest[] = [];
  const server = createServer((request, response) => {
    void answer(request, response, routes, requests);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the fake platform has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(
  incoming: IncomingMessage,
  response: ServerResponse,
  routes: FakeRoutes,
  requests: FakeRequest[],
): Promise<void> {
  const path = incoming.url ?? "/";
  const method = incoming.method ?? "GET";
  const token = incoming.headers.authorization?.replace(/^Bearer /, "");
  const request: FakeRequest = { method, path, token, body: await text(incoming) };
  requests.push(request);
  const route = routes[`${method} ${path.replace(/\?.*$/, "")}`];
  if (route === undefined) return problem(response, 404, "ROUTE_NOT_FOUND", `There is no ${method} ${path}.`);
  const result = typeof route === "function" ? route(request) : route;
  if ("events" in result) return await stream(response, result.events, result.hold);
  if ("text" in result) return void response.end(result.text);
  if (!("json" in result)) return void response.writeHead(204).end();
  const status = result.status ?? 200;
  const type = status < 400 ? "application/json" : "application/problem+json";
  response.writeHead(status, { "content-type": type }).end(JSON.stringify(result.json));
}

async function stream(
  response: ServerResponse,
  events: readonly FakeEvent[],
  hold: Promise<readonly FakeEvent[]> | undefined,
): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const write = ({ event, id, data }: FakeEvent): void => {
    const head = `${event === undefined ? "" : `event: ${event}\n`}${id === undefined ? "" : `id: ${id}\n`}`;
    response.write(`${head}data: ${JSON.stringify(data)}\n\n`);
  };
  events.forEach(write);
  (await hold)?.forEach(write);
  response.end();
}

function problem(response: ServerResponse, status: number, reason: string, detail: string): void {
  const body = { type: "about:blank", title: reason, status, detail, reason };
  response.writeHead(status, { "content-type": "application/problem+json" }).end(JSON.stringify(body));
}

/** Problem details as the platform sends them. */
export function refusal(status: number, reason: string, detail: string): FakeAnswer {
  return { status, json: { type: "about:blank", title: reason, status, detail, reason } };
}
