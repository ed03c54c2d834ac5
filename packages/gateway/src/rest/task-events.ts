import { isPlatformError, isTerminal } from "@berth/protocol";
import type { SequencedFrame } from "@berth/protocol";
import { callContext, resumePoint } from "../a2a/operations.ts";
import type { A2aCall } from "../a2a/operations.ts";
import type { Edge } from "../edge/edge.ts";
import { pump } from "../edge/pump.ts";
import { toPlatformError } from "../edge/render-error.ts";
import type { AgentRoute } from "../edge/routes.ts";
import { errorEvent } from "./error-event.ts";

export function taskEventsRoute(edge: Edge): AgentRoute {
  return {
    method: "GET",
    path: "/sse/{id}",
    policy: "anyone",
    summary: "A task's events as they happen",
    query: [
      { name: "after", description: "Resume after this sequence number; also as Last-Event-ID.", type: "integer" },
    ],
    answers: "text/event-stream",
    stream: true,
    handle: async (exchange, agent) => await streamTask({ edge, exchange, agent }),
  };
}

async function streamTask(call: A2aCall): Promise<void> {
  const { edge, exchange, agent } = call;
  const id = exchange.param("id");
  const after = resumePoint(exchange);
  edge.streams.assertRoom();
  await edge.control.tasks.get(callContext(exchange, "rest"), id, agent.name);
  const stream = edge.streams.open(exchange);
  await pump<SequencedFrame>(stream, framesOf(call, id, after, stream.signal), {
    toEvent: ({ seq, frame }) => ({ id: seq, data: JSON.stringify(frame) }),
    onError: (thrown) => errorEvent(toPlatformError(thrown, exchange, edge.log), exchange),
  });
}

/** Unlike an A2A subscription this also shows a task that is over: whoever follows the link of a 202 may come late. */
async function* framesOf(
  { edge, exchange, agent }: A2aCall,
  id: string,
  after: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<SequencedFrame> {
  const { tasks } = edge.control;
  const context = callContext(exchange, "rest");
  try {
    yield* tasks.follow(context, id, { signal, ...(after === undefined ? {} : { after }) }, agent.name);
  } catch (error) {
    if (after !== undefined || !isPlatformError(error) || error.reason !== "UNSUPPORTED_OPERATION") throw error;
    const { view } = await tasks.get(context, id, agent.name);
    if (!isTerminal(view.task.status.state)) throw error;
    yield { seq: view.seq, frame: { task: view.task } };
  }
}
