import type { OutgoingHttpHeaders } from "node:http";
import type { AcceptedTurn } from "@berth/control";
import { viewOf } from "../a2a/operations.ts";
import type { A2aCall } from "../a2a/operations.ts";
import { sendJson } from "../edge/respond.ts";

/** 202: the task is durable and runs on; this is where to watch it. */
export async function sendAccepted(
  call: A2aCall,
  turn: AcceptedTurn,
  headers: OutgoingHttpHeaders = {},
): Promise<void> {
  const { taskId, contextId } = turn;
  const { task } = await viewOf(call, taskId);
  const { base } = call.agent;
  const body = { taskId, contextId, state: task.status.state, sse: `${base}/sse/${taskId}` };
  sendJson(call.exchange, body, { status: 202, headers: { Location: `${base}/tasks/${taskId}`, ...headers } });
}
