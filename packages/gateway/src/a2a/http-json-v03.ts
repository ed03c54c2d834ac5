import { parseHistoryLength } from "@berth/protocol";
import type { SequencedFrame } from "@berth/protocol";
import {
  fromV03RestSend,
  isFinal,
  toV03RestCard,
  toV03RestSendResponse,
  toV03RestStreamEvent,
  toV03RestTask,
} from "@berth/protocol/wire/v0_3";
import type { Edge } from "../edge/edge.ts";
import { pump } from "../edge/pump.ts";
import { readJson, readOptionalJson } from "../edge/read-body.ts";
import { toPlatformError } from "../edge/render-error.ts";
import { sendJson } from "../edge/respond.ts";
import type { AgentRoute } from "../edge/routes.ts";
import { publishedCard } from "./agent-card.ts";
import { cancelTask, getTask, pushNotSupported, sendMessage, streamMessage, subscribeToTask } from "./operations.ts";
import type { A2aCall, OpenFrames } from "./operations.ts";
import { v03ErrorBody } from "./render-error.ts";
import { assertVersion } from "./version.ts";

/** A2A 0.3's HTTP+JSON binding: the same operations, other shapes (A2A 0.3 §3.5.3). */
export function httpJsonV03Routes(edge: Edge): readonly AgentRoute[] {
  const route = (
    method: AgentRoute["method"],
    path: string,
    summary: string,
    run: (call: A2aCall) => Promise<void>,
    docs: Pick<AgentRoute, "body" | "stream" | "answers"> = {},
  ): AgentRoute => ({
    method,
    path,
    policy: "anyone",
    summary: `${summary} (A2A 0.3)`,
    errors: "v03",
    ...docs,
    handle: async (exchange, agent) => {
      assertVersion(exchange, "0.3");
      await run({ edge, exchange, agent });
    },
  });
  const json = { body: "application/json" };
  const sse = { stream: true, answers: "text/event-stream" } as const;
  const push = async (): Promise<void> => await Promise.reject(pushNotSupported());
  const configs = "/v1/tasks/{id}/pushNotificationConfigs";
  return [
    route("POST", "/v1/message:send", "Send a message", send03, json),
    route("POST", "/v1/message:stream", "Send a message and stream the turn", stream03, { ...json, ...sse }),
    route("GET", "/v1/tasks/{id}:subscribe", "Follow a task", subscribe03, sse),
    route("POST", "/v1/tasks/{id}:subscribe", "Follow a task", subscribe03, sse),
    route("POST", "/v1/tasks/{id}:cancel", "Cancel a task", cancel03),
    route("GET", "/v1/tasks/{id}", "A task", get03),
    route("POST", configs, "Not supported", push, json),
    route("GET", configs, "Not supported", push),
    route("GET", `${configs}/{configId}`, "Not supported", push),
    route("DELETE", `${configs}/{configId}`, "Not supported", push),
    route("GET", "/v1/card", "The agent's card", card03),
  ];
}

async function send03(call: A2aCall): Promise<void> {
  const request = fromV03RestSend(await readJson(call.exchange, call.edge.limits));
  sendJson(call.exchange, toV03RestSendResponse(await sendMessage(call, request)));
}

async function stream03(call: A2aCall): Promise<void> {
  const request = fromV03RestSend(await readJson(call.exchange, call.edge.limits));
  await streamFrames(call, await streamMessage(call, request));
}

async function subscribe03(call: A2aCall): Promise<void> {
  await streamFrames(call, await subscribeToTask(call, { id: call.exchange.param("id") }));
}

async function cancel03(call: A2aCall): Promise<void> {
  await readOptionalJson(call.exchange, call.edge.limits);
  sendJson(call.exchange, toV03RestTask(await cancelTask(call, { id: call.exchange.param("id") })));
}

async function get03(call: A2aCall): Promise<void> {
  const historyLength = parseHistoryLength(call.exchange.query);
  const id = call.exchange.param("id");
  const task = await getTask(call, { id, ...(historyLength === undefined ? {} : { historyLength }) });
  sendJson(call.exchange, toV03RestTask(task));
}

async function card03({ edge, exchange, agent }: A2aCall): Promise<void> {
  const { card } = await publishedCard(edge, agent);
  sendJson(exchange, toV03RestCard(card));
}

async function streamFrames({ edge, exchange }: A2aCall, open: OpenFrames): Promise<void> {
  const stream = edge.streams.open(exchange);
  await pump<SequencedFrame>(stream, open(stream.signal), {
    toEvent: ({ seq, frame }) => ({
      id: seq,
      data: JSON.stringify(toV03RestStreamEvent(frame, { final: isFinal(frame) })),
    }),
    onError: (thrown) => {
      const error = toPlatformError(thrown, exchange, edge.log);
      return { data: JSON.stringify(v03ErrorBody(error, exchange)) };
    },
  });
}
