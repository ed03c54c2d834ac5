import { parseHistoryLength } from "@berth/protocol";
import type { SequencedFrame } from "@berth/protocol";
import {
  fromV03RestPushConfig,
  fromV03RestSend,
  isFinal,
  toV03RestCard,
  toV03RestPushConfig,
  toV03RestSendResponse,
  toV03RestStreamEvent,
  toV03RestTask,
} from "@berth/protocol/wire/v0_3";
import type { Edge } from "../edge/edge.ts";
import { pump } from "../edge/pump.ts";
import { readJson, readOptionalJson } from "../edge/read-body.ts";
import { toPlatformError } from "../edge/render-error.ts";
import { sendEmpty, sendJson } from "../edge/respond.ts";
import type { AgentRoute } from "../edge/routes.ts";
import { httpJsonRoutesOf } from "./http-json-route.ts";
import { cancelTask, getTask, sendMessage, streamMessage, subscribeToTask } from "./operations.ts";
import type { A2aCall, OpenFrames } from "./operations.ts";
import { createPushConfig, deletePushConfig, getPushConfig, listPushConfigs } from "./push-operations.ts";
import { v03ErrorBody } from "./render-error.ts";

/** A2A 0.3's HTTP+JSON binding: the same operations, other shapes (A2A 0.3 §3.5.3). */
export function httpJsonV03Routes(edge: Edge): readonly AgentRoute[] {
  const { route, pushRoute } = httpJsonRoutesOf(edge, "0.3", "v03");
  const json = { body: "application/json" };
  const sse = { stream: true, answers: "text/event-stream" } as const;
  const configs = "/v1/tasks/{id}/pushNotificationConfigs";
  return [
    route("POST", "/v1/message:send", "Send a message", send03, json),
    route("POST", "/v1/message:stream", "Send a message and stream the turn", stream03, { ...json, ...sse }),
    route("GET", "/v1/tasks/{id}:subscribe", "Follow a task", subscribe03, sse),
    route("POST", "/v1/tasks/{id}:subscribe", "Follow a task", subscribe03, sse),
    route("POST", "/v1/tasks/{id}:cancel", "Cancel a task", cancel03),
    route("GET", "/v1/tasks/{id}", "A task", get03),
    pushRoute("POST", configs, "Add a webhook to a task", createPush03, json),
    pushRoute("GET", configs, "A task's webhooks", listPush03),
    pushRoute("GET", `${configs}/{configId}`, "One webhook", getPush03),
    pushRoute("DELETE", `${configs}/{configId}`, "Remove a webhook", deletePush03, { status: 204 }),
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

async function createPush03(call: A2aCall): Promise<void> {
  const { exchange, edge } = call;
  const config = fromV03RestPushConfig(exchange.param("id"), await readJson(exchange, edge.limits));
  sendJson(exchange, toV03RestPushConfig(await createPushConfig(call, config)));
}

async function listPush03(call: A2aCall): Promise<void> {
  const { configs } = await listPushConfigs(call, { taskId: call.exchange.param("id"), pageSize: 100 });
  sendJson(call.exchange, { configs: configs.map(toV03RestPushConfig), nextPageToken: "" });
}

async function getPush03(call: A2aCall): Promise<void> {
  sendJson(call.exchange, toV03RestPushConfig(await getPushConfig(call, pushKeyOf(call))));
}

async function deletePush03(call: A2aCall): Promise<void> {
  await deletePushConfig(call, pushKeyOf(call));
  sendEmpty(call.exchange);
}

function pushKeyOf({ exchange }: A2aCall): { readonly taskId: string; readonly id: string } {
  return { taskId: exchange.param("id"), id: exchange.param("configId") };
}

/** 0.3 has one address for both cards: who shows a credential gets the extended one. */
async function card03({ edge, exchange, agent }: A2aCall): Promise<void> {
  const { principal } = exchange;
  const extended = principal.kind === "anonymous" ? undefined : await edge.cards.extended(principal, agent);
  const { card } = extended ?? (await edge.cards.public(agent));
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
