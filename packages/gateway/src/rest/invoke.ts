import type { AcceptedTurn } from "@berth/control";
import { PlatformError, isTerminal } from "@berth/protocol";
import type { JsonValue, SequencedFrame, TaskView } from "@berth/protocol";
import { BERTH, HTTP } from "@berth/telemetry";
import { acceptMessage, callContext, settleTurn } from "../a2a/operations.ts";
import type { A2aCall } from "../a2a/operations.ts";
import type { Edge } from "../edge/edge.ts";
import { pump } from "../edge/pump.ts";
import { readOptionalJson } from "../edge/read-body.ts";
import { toPlatformError } from "../edge/render-error.ts";
import { beginSpan } from "../edge/request-span.ts";
import { sendJson } from "../edge/respond.ts";
import type { AgentRoute } from "../edge/routes.ts";
import { sendAccepted } from "./accepted.ts";
import { errorEvent } from "./error-event.ts";
import { idempotencyKeyOf } from "./idempotency-key.ts";
import { parsePrefer } from "./prefer.ts";
import { isSettled, toRunResult } from "./run-result.ts";
import { toSkillMessage } from "./skill-message.ts";

const INVOKE_PATH = "/invoke/{skill}";

/** A skill as a plain HTTP call: its input in, its output out. */
export function invokeRoute(edge: Edge): AgentRoute {
  return {
    method: "POST",
    path: INVOKE_PATH,
    policy: "anyone",
    summary: "Call a skill with its input and get its output",
    body: "application/json",
    query: [
      {
        name: "stream",
        description: "Answer with the run's events as SSE; the last one is `result`.",
        type: "boolean",
      },
      { name: "taskId", description: "Continue this task: the body answers its question." },
      { name: "contextId", description: "Stay in this conversation." },
    ],
    handle: async (exchange, agent) => {
      const call = { edge, exchange, agent };
      const prefer = parsePrefer(exchange.header("prefer"));
      const streams = isOn(exchange.query.get("stream"));
      if (streams) edge.streams.assertRoom();
      const turn = await acceptSkill(call);
      if (streams) await streamRun(call, turn);
      else if (prefer.respondAsync) await sendAccepted(call, turn, { "Preference-Applied": "respond-async" });
      else await answerRun(call, turn, prefer.waitMs);
    },
  };
}

async function acceptSkill(call: A2aCall): Promise<AcceptedTurn> {
  const { edge, exchange } = call;
  // JSON.parse gives nothing but JSON values.
  const input = (await readOptionalJson(exchange, edge.limits)) as JsonValue | undefined;
  const key = idempotencyKeyOf(exchange);
  const taskId = idParameter(call, "taskId");
  const contextId = idParameter(call, "contextId");
  const request = toSkillMessage(edge.ids, {
    skill: exchange.param("skill"),
    // null is an input; only no body at all is none.
    input: input === undefined ? {} : input,
    ...(key === undefined ? {} : { idempotencyKey: key }),
    ...(taskId === undefined ? {} : { taskId }),
    ...(contextId === undefined ? {} : { contextId }),
  });
  beginSpan(exchange, edge, {
    name: `POST ${INVOKE_PATH}`,
    attributes: {
      [HTTP.method]: exchange.method,
      [HTTP.route]: INVOKE_PATH,
      [BERTH.skill]: exchange.param("skill"),
    },
  });
  return await acceptMessage(call, request, "rest");
}

function idParameter({ exchange }: A2aCall, field: string): string | undefined {
  const value = exchange.query.get(field);
  if (value === null || value === "") return undefined;
  if (/^[\x20-\x7e]{1,256}$/.test(value)) return value;
  const violation = { field, description: "must be 1 to 256 printable characters" };
  throw new PlatformError("INVALID_PARAMS", `${field}: ${violation.description}`, { violations: [violation] });
}

async function answerRun(call: A2aCall, turn: AcceptedTurn, waitMs: number | undefined): Promise<void> {
  const view = await settleTurn(call, turn, {
    protocol: "rest",
    ...(waitMs === undefined ? {} : { timeoutMs: waitMs }),
  });
  if (!isSettled(view)) await sendAccepted(call, turn);
  else sendJson(call.exchange, await resultOf(call, turn, view));
}

async function streamRun(call: A2aCall, turn: AcceptedTurn): Promise<void> {
  const { edge, exchange, agent } = call;
  const stream = edge.streams.open(exchange);
  const context = callContext(exchange, "rest");
  const frames = edge.control.tasks.follow(context, turn.taskId, { turn, signal: stream.signal }, agent.name);
  await pump<SequencedFrame | { readonly result: unknown }>(stream, withResult(call, turn, frames), {
    toEvent: (item) =>
      "result" in item
        ? { event: "result", data: JSON.stringify(item.result) }
        : { id: item.seq, data: JSON.stringify(item.frame) },
    onError: (thrown) => errorEvent(toPlatformError(thrown, exchange, edge.log), exchange),
  });
}

async function* withResult(
  call: A2aCall,
  turn: AcceptedTurn,
  frames: AsyncIterable<SequencedFrame>,
): AsyncGenerator<SequencedFrame | { readonly result: unknown }> {
  yield* frames;
  yield { result: await resultOf(call, turn, await settleTurn(call, turn, { protocol: "rest" })) };
}

async function resultOf({ edge, exchange }: A2aCall, turn: AcceptedTurn, view: TaskView): Promise<unknown> {
  const { orgId } = exchange.principal;
  const receipt = isTerminal(view.task.status.state)
    ? await edge.control.receipts.awaitForTask(orgId, turn.taskId, edge.limits.receiptWaitMs)
    : undefined;
  return toRunResult(view, turn.contextId, receipt?.receiptId);
}

/** `?stream` alone, or with a value that means yes. */
function isOn(value: string | null): boolean {
  return value === "" || value === "true" || value === "1";
}
