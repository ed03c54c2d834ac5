import type { SequencedFrame, StreamResponse } from "@berth/protocol";
import { readFrames } from "@berth/testing";
import type { FrameStream, Target } from "./binding-client.ts";

/** Longer than anything here takes, shorter than a test. */
const TIMEOUT_MS = 60_000;

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

interface HttpRequest {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly query?: Query;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function request(
  target: Omit<Target, "grpc">,
  call: HttpRequest,
  signal?: AbortSignal,
): Promise<Response> {
  const url = new URL(target.base + call.path);
  const query: Query = { ...target.query, ...call.query };
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  return await fetch(url, {
    method: call.method,
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    headers: {
      ...(call.body === undefined ? {} : { "content-type": "application/json" }),
      ...(target.token === undefined ? {} : { authorization: `Bearer ${target.token}` }),
      ...call.headers,
      ...target.headers,
    },
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
  });
}

/** Turns an event's data into a frame, or throws what it says went wrong. */
export type Decode = (data: unknown, response: Response) => StreamResponse;

/** @throws what `refuse` makes of an answer that is no stream. */
export async function openStream(
  target: Target,
  call: HttpRequest,
  { decode, refuse }: { readonly decode: Decode; readonly refuse: (body: unknown, response: Response) => Error },
): Promise<FrameStream> {
  const controller = new AbortController();
  const response = await request(target, call, controller.signal);
  if (response.headers.get("content-type")?.startsWith("text/event-stream") !== true) {
    throw refuse(await response.json(), response);
  }
  async function* frames(): AsyncGenerator<SequencedFrame> {
    try {
      for await (const { id, data } of readFrames(response)) {
        yield { seq: Number(id), frame: decode(data, response) };
      }
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    } finally {
      controller.abort();
    }
  }
  const opened = frames();
  return { [Symbol.asyncIterator]: () => opened, close: () => controller.abort() };
}

export function lastEventId(after: number | string | undefined): Readonly<Record<string, string>> {
  return after === undefined ? {} : { "last-event-id": String(after) };
}
