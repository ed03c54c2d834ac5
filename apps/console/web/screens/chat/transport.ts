import type { Message, StreamResponse, Task } from "@berth/protocol";
import { ApiError, api, path, search, send } from "../../api/client.ts";
import { readEvents } from "../../api/read-events.ts";
import type { Frame } from "./turn.ts";

/** How a conversation reaches its agent; `address` is an agent's name, or `<label>--<name>` for one release of it. */
export interface Transport {
  stream(address: string, message: Message, signal: AbortSignal): AsyncIterable<Frame>;
  /** What comes after `seq`, however long that takes. */
  resume(address: string, taskId: string, after: number, signal: AbortSignal): AsyncIterable<Frame>;
  cancel(taskId: string): Promise<void>;
  /** The context's tasks, the oldest first, with what was said in them. */
  tasks(agent: string, contextId: string, signal: AbortSignal): Promise<readonly ListedTask[]>;
}

interface ListedTask {
  readonly task: Task;
  readonly seq: number;
  readonly createdAt: string;
}

const MAX_TASKS = 50;
const SSE = { Accept: "text/event-stream", "A2A-Version": "1.0" };

/** A2A over HTTP+JSON, with the session's cookie. */
export const a2aTransport: Transport = {
  async *stream(address, message, signal) {
    const url = path`/agents/${address}/message:stream`;
    yield* framesOf(await send(url, { method: "POST", body: { message }, headers: SSE, signal }));
  },
  async *resume(address, taskId, after, signal) {
    yield* framesOf(await send(path`/agents/${address}/sse/${taskId}?after=${after}`, { headers: SSE, signal }));
  },
  async cancel(taskId) {
    await api(path`/v1/tasks/${taskId}/cancel`, { method: "POST" });
  },
  async tasks(agent, contextId, signal) {
    const query = search({ agent, contextId, pageSize: MAX_TASKS });
    const { tasks } = await api<{ tasks: readonly { readonly task: Task }[] }>(`/v1/tasks${query}`, { signal });
    const found = await Promise.all(
      tasks.map(async ({ task }) => await api<ListedTask>(path`/v1/tasks/${task.id}`, { signal })),
    );
    return found.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt));
  },
};

async function* framesOf(answer: Response): AsyncGenerator<Frame> {
  for await (const { event, id, data } of readEvents(answer)) {
    const value: unknown = JSON.parse(data);
    const problem = problemOf(value, event);
    if (problem !== undefined) throw problem;
    // The platform's own frames.
    yield { seq: Number(id ?? 0), frame: value as StreamResponse };
  }
}

/** A stream that fails says so in its last event, in one of two forms. */
function problemOf(value: unknown, event: string): ApiError | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (event === "error") {
    const { reason, detail } = value as { readonly reason?: string; readonly detail?: string };
    return new ApiError(500, {
      ...(reason === undefined ? {} : { reason }),
      ...(detail === undefined ? {} : { detail }),
    });
  }
  if (!("error" in value)) return undefined;
  const { error } = value as { readonly error: { readonly code?: number; readonly message?: string } };
  return new ApiError(error.code ?? 500, { detail: error.message ?? "The stream failed." });
}
