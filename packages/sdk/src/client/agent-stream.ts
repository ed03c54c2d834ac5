import { PlatformError, isInterrupted, isTerminal } from "@berth/protocol";
import type { SendMessageRequest, StreamResponse, Task } from "@berth/protocol";
import type { CallOptions } from "./call-options.ts";
import type { Http, HttpRequest } from "./http.ts";
import { jsonRpcCall, jsonRpcResult } from "./json-rpc.ts";
import { createReconnect } from "./reconnect.ts";

export interface StreamOptions extends CallOptions {
  /** Told the id of every event that carries one, for a later `subscribe({ lastEventId })`. */
  readonly onEventId?: (id: string) => void;
}

export type StreamStart =
  | { readonly request: SendMessageRequest }
  | { readonly taskId: string; readonly lastEventId?: string };

/** The platform sends a comment at least this often; a longer silence is a dead connection. */
const SILENCE_MS = 60_000;

/**
 * One stream of frames over as many connections as it takes: 1. send or subscribe; 2. when the connection drops before
 * the turn is over, subscribe with Last-Event-ID; 3. when the task meanwhile ended, show it as it ended.
 */
export async function* openAgentStream(
  http: Http,
  start: StreamStart,
  { onEventId, ...options }: StreamOptions = {},
): AsyncGenerator<StreamResponse> {
  const reconnect = createReconnect(options);
  const seen: Progress = { taskId: undefined, lastEventId: undefined, isOver: false };
  if ("taskId" in start) {
    seen.taskId = start.taskId;
    seen.lastEventId = start.lastEventId;
  }
  for (let connections = 0; ; connections++) {
    try {
      const call = requestFor(start, seen);
      for await (const event of http.events(call, { timeoutMs: SILENCE_MS, ...options })) {
        reconnect.succeeded();
        const frame = parseFrame(event.data);
        if (isRepeated(frame, event.id, seen.lastEventId)) continue;
        note(seen, frame, event.id);
        if (event.id !== undefined) onEventId?.(event.id);
        yield frame;
        // Taken up again, the stream of a send has become a subscription, which outlives the question at its end.
        if (connections > 0 && "request" in start && seen.isOver) return;
      }
      if (seen.isOver) return;
      if (seen.taskId === undefined)
        throw new PlatformError("INVALID_AGENT_RESPONSE", "The stream ended without a task.");
      await reconnect.pause(new PlatformError("AGENT_UNRESPONSIVE", "The stream ended before the turn did."));
    } catch (error) {
      if (seen.isOver) return;
      if (connections > 0 && seen.taskId !== undefined && isEndedTask(error)) {
        yield { task: await fetchTask(http, seen.taskId, options) };
        return;
      }
      // Without a task id there is nothing to take up, and sending again might do the work twice.
      if (seen.taskId === undefined) throw error;
      await reconnect.pause(error);
    }
  }
}

interface Progress {
  taskId: string | undefined;
  lastEventId: string | undefined;
  isOver: boolean;
}

function requestFor(start: StreamStart, { taskId, lastEventId }: Progress): HttpRequest {
  if (taskId === undefined) return jsonRpcCall("SendStreamingMessage", "request" in start ? start.request : {});
  const call = jsonRpcCall("SubscribeToTask", { id: taskId });
  return { ...call, headers: { ...call.headers, "last-event-id": lastEventId } };
}

function parseFrame(data: string): StreamResponse {
  let parsed: unknown;
  try {
    parsed = JSON.parse(data);
  } catch (error) {
    throw new PlatformError("INVALID_AGENT_RESPONSE", "The agent sent an event that is not JSON.", { cause: error });
  }
  const result = jsonRpcResult(parsed);
  if (typeof result !== "object" || result === null || !FRAME_KINDS.some((kind) => kind in result)) {
    throw new PlatformError("INVALID_AGENT_RESPONSE", "The agent sent an event that is no StreamResponse.");
  }
  // One of the four members is there; what is inside has been validated by the platform.
  return result as StreamResponse;
}

const FRAME_KINDS = ["task", "message", "statusUpdate", "artifactUpdate"] as const;

/** Ids that are numbers grow. A snapshot is always shown: it carries the id it is current to. */
function isRepeated(frame: StreamResponse, id: string | undefined, lastEventId: string | undefined): boolean {
  if ("task" in frame || id === undefined || lastEventId === undefined) return false;
  return /^\d+$/.test(id) && /^\d+$/.test(lastEventId) && Number(id) <= Number(lastEventId);
}

function note(seen: Progress, frame: StreamResponse, id: string | undefined): void {
  if (id !== undefined) seen.lastEventId = id;
  if ("message" in frame) seen.isOver = true;
  if ("task" in frame) seen.taskId = frame.task.id;
  if ("statusUpdate" in frame) seen.taskId = frame.statusUpdate.taskId;
  if ("artifactUpdate" in frame) seen.taskId = frame.artifactUpdate.taskId;
  const status = "task" in frame ? frame.task.status : "statusUpdate" in frame ? frame.statusUpdate.status : undefined;
  if (status !== undefined) seen.isOver = isTerminal(status.state) || isInterrupted(status.state);
}

/** Subscribing to a finished task is an UnsupportedOperation (A2A 1.0.1 §3.1.6). */
function isEndedTask(error: unknown): boolean {
  return error instanceof PlatformError && error.reason === "UNSUPPORTED_OPERATION";
}

async function fetchTask(http: Http, taskId: string, options: CallOptions): Promise<Task> {
  // A2A 1.0 fixes the result's type.
  return jsonRpcResult(await http.json(jsonRpcCall("GetTask", { id: taskId }), options)) as Task;
}
