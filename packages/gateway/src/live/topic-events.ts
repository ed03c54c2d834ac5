import { callContext } from "../a2a/operations.ts";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { eventDataOf } from "../platform/deployment-json.ts";
import { parsedQuery } from "../platform/telemetry-query.ts";
import type { TopicRequest } from "./live-request.ts";

/** What one topic says; it is sent with the topic's name and the time. `id` grows, and is where `after` goes on. */
export type TopicEvent =
  | { readonly type: "event"; readonly id: number; readonly [content: string]: unknown }
  /** Between this event and the one before, so many were left out. */
  | { readonly type: "gap"; readonly skipped: number };

/** Asks for the rights when the first event is asked for. */
export async function* topicEvents(
  edge: Edge,
  exchange: Exchange,
  request: TopicRequest,
  signal: AbortSignal,
): AsyncGenerator<TopicEvent> {
  const { control } = edge;
  const { principal } = exchange;
  switch (request.topic) {
    case "task": {
      const { taskId, after } = request;
      for await (const event of control.tasks.followEvents(callContext(exchange, "rest"), taskId, { after, signal })) {
        yield { type: "event", id: event.seq, event };
      }
      return;
    }
    case "deployment": {
      const { deploymentId, after } = request;
      // The generator would say so only with its first event.
      await control.deploys.get(principal, deploymentId);
      for await (const event of control.deploys.follow(principal, deploymentId, { after, signal })) {
        yield { type: "event", id: event.seq, kind: event.kind, data: eventDataOf(event) };
      }
      return;
    }
    case "tasks":
      yield* numbered(control.changes.tasks(principal, signal), (changes) => ({ tasks: changes }));
      return;
    case "approvals":
      yield* numbered(control.changes.approvals(principal, signal), (changes) => ({ approvals: changes }));
      return;
    case "logs":
    case "spans":
      yield* telemetryEvents(edge, exchange, request, signal);
  }
}

/** Their ids count from 1 in each stream: whoever comes back reads the list again. */
async function* numbered<C>(
  source: AsyncIterable<{ readonly changes: readonly C[]; readonly skipped: number }>,
  show: (changes: readonly C[]) => object,
): AsyncGenerator<TopicEvent> {
  let id = 0;
  for await (const { changes, skipped } of source) {
    if (skipped > 0) yield { type: "gap", skipped };
    id += 1;
    yield { type: "event", id, ...show(changes) };
  }
}

async function* telemetryEvents(
  { control: { telemetry } }: Edge,
  { principal }: Exchange,
  request: TopicRequest & { readonly topic: "logs" | "spans" },
  signal: AbortSignal,
): AsyncGenerator<TopicEvent> {
  const { topic, query } = request;
  // Says what is wrong with it before anything is followed.
  parsedQuery(query);
  const afterId = topic === "logs" ? request.after : undefined;
  const wanted = topic === "spans" ? { topic, query } : { topic, query, ...(afterId === undefined ? {} : { afterId }) };
  let id = 0;
  for await (const record of telemetry.follow(principal, wanted, signal)) {
    if (record.type === "gap") yield record;
    else if (record.type === "logs") yield { type: "event", id: record.logs.at(-1)?.id ?? 0, logs: record.logs };
    else {
      id += 1;
      yield { type: "event", id, spans: record.spans };
    }
  }
}
