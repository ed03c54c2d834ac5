import { path, send } from "../../api/client.ts";
import { readEvents } from "../../api/read-events.ts";
import { parseMessage } from "./build-log.ts";
import type { DeploymentMessage } from "./build-log.ts";

const PROTOCOL = "berth.log.v1";
const BACKOFF_MS = [250, 500, 1_000, 2_000, 5_000] as const;
/** Proxies that let no WebSocket through let an event stream through. */
const OPEN_TIMEOUT_MS = 4_000;

export interface Follower {
  onMessage(message: DeploymentMessage): void;
  /** `undefined`: connected. Else: what is wrong; it is tried again. */
  onConnection(problem: string | undefined): void;
}

/** Follows a deployment until it is done, over a WebSocket or, where none opens, an event stream; after a break it goes on where it was. */
export async function followDeployment(id: string, follower: Follower, signal: AbortSignal): Promise<void> {
  let last = 0;
  let isDone = false;
  let failures = 0;
  const onMessage = (message: DeploymentMessage): void => {
    failures = 0;
    last = Math.max(last, message.seq);
    isDone ||= message.kind === "done";
    follower.onMessage(message);
  };
  while (!isDone && !signal.aborted) {
    try {
      const opened = await overSocket(id, last, { ...follower, onMessage }, signal);
      if (!opened) await overEvents(id, last, { ...follower, onMessage }, signal);
    } catch (error) {
      if (signal.aborted) return;
      follower.onConnection(error instanceof Error ? error.message : String(error));
    }
    if (isDone || signal.aborted) return;
    await pause(BACKOFF_MS[Math.min(failures, BACKOFF_MS.length - 1)] ?? 5_000, signal);
    failures += 1;
  }
}

/** Answers whether it was ever open. */
function overSocket(id: string, after: number, follower: Follower, signal: AbortSignal): Promise<boolean> {
  const address = new URL(path`/v1/deployments/${id}/log`, location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  address.searchParams.set("after", String(after));
  const socket = new WebSocket(address, PROTOCOL);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  let wasOpen = false;
  const timer = setTimeout(() => socket.close(), OPEN_TIMEOUT_MS);
  const close = (): void => socket.close();
  signal.addEventListener("abort", close, { once: true });
  socket.addEventListener("open", () => {
    wasOpen = true;
    clearTimeout(timer);
    follower.onConnection(undefined);
  });
  socket.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    const message = typeof data === "string" ? parseMessage(data) : undefined;
    if (message !== undefined) follower.onMessage(message);
  });
  socket.addEventListener("close", () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", close);
    resolve(wasOpen);
  });
  return promise;
}

async function overEvents(id: string, after: number, follower: Follower, signal: AbortSignal): Promise<void> {
  const headers = { Accept: "text/event-stream", ...(after === 0 ? {} : { "Last-Event-ID": String(after) }) };
  const response = await send(path`/v1/deployments/${id}/events`, { headers, signal });
  follower.onConnection(undefined);
  for await (const { event, data, id: seq } of readEvents(response)) {
    const message = parseMessage(`{"seq":${Number(seq)},"kind":${JSON.stringify(event)},"data":${data}}`);
    if (message !== undefined) follower.onMessage(message);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
}
