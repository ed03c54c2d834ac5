import type { AcceptOptions, AcceptedTurn, CallContext } from "@berth/control";
import {
  PRINCIPAL_METADATA,
  PlatformError,
  RUN_METADATA,
  RUN_USAGE_EXTENSION,
  SKILL_CALL_METADATA,
  isTerminal,
  withHistoryLength,
} from "@berth/protocol";
import type {
  CancelTaskRequest,
  GetTaskRequest,
  JsonObject,
  ListTasksRequest,
  ListTasksResponse,
  SendMessageRequest,
  SendMessageResponse,
  SequencedFrame,
  SubscribeToTaskRequest,
  Task,
  TaskView,
} from "@berth/protocol";
import { A2A, GEN_AI } from "@berth/telemetry";
import { findAddressed, pickedRelease } from "../edge/addressed-release.ts";
import { assertScheme } from "../edge/agent-schemes.ts";
import type { Edge } from "../edge/edge.ts";
import { parseInteger } from "../edge/exchange.ts";
import type { CallExchange, Exchange } from "../edge/exchange.ts";
import type { AgentTarget } from "../edge/routes.ts";
import { idempotencyKeyOf } from "../rest/idempotency-key.ts";
import { beginCallSpan } from "./call-span.ts";
import { assertRequiredExtensions, extensionsForAgent, requestedExtensions } from "./extensions.ts";
import { acceptWithPush } from "./push-operations.ts";
import { withUsage } from "./run-usage.ts";
import { assertTenant } from "./tenant.ts";
import { turnPolicyOf } from "./turn-policy.ts";
import type { ProtocolVersion } from "./version.ts";

/** One A2A call, whatever the binding and version it came by: requests and results are in their 1.0 form here. */
export interface A2aCall<E extends CallExchange = Exchange> {
  readonly edge: Edge;
  readonly exchange: E;
  readonly agent: AgentTarget;
  /** What the caller speaks, and so what its webhooks get. Default 1.0. */
  readonly version?: ProtocolVersion;
}

/** Over HTTP or gRPC. */
export type AnyCall = A2aCall<CallExchange>;

/** Frames once the answer is open; `signal` ends them. */
export type OpenFrames = (signal: AbortSignal) => AsyncIterable<SequencedFrame>;

export function callContext(
  { principal, remoteAddress, span }: CallExchange,
  protocol: CallContext["protocol"] = "a2a",
): CallContext {
  return {
    principal,
    protocol,
    ...(remoteAddress === "" ? {} : { ip: remoteAddress }),
    ...(span === undefined ? {} : { trace: span.headers }),
  };
}

/** The send is durable when this resolves. */
export async function acceptMessage(
  call: AnyCall,
  request: SendMessageRequest,
  protocol: CallContext["protocol"] = "a2a",
): Promise<AcceptedTurn> {
  const { edge, exchange, agent } = call;
  // Every door ends here; not every one names the agent before.
  await assertScheme(edge, exchange.principal, agent.name);
  const trusted = withoutClaims(request);
  const key = idempotencyKeyOf(exchange);
  const skill = namedSkill(trusted);
  const turnPolicy = turnPolicyOf(trusted);
  const release = pickedRelease(exchange, agent);
  const requested = requestedExtensions(exchange);
  if (protocol === "a2a") {
    assertTenant(trusted.tenant, agent.name);
    assertRequiredExtensions((await findAddressed(edge.control, exchange.principal, agent)).release.card, requested);
  }
  const options: AcceptOptions = {
    ...(key === undefined ? {} : { idempotencyKey: key }),
    ...(skill === undefined ? {} : { skill }),
    ...(turnPolicy === undefined ? {} : { turnPolicy }),
    ...(release === undefined ? {} : { release }),
    ...(requested.length === 0 ? {} : { extensions: extensionsForAgent(requested) }),
  };
  const turn = await acceptWithPush(
    call,
    trusted,
    async () => await edge.control.tasks.accept(callContext(exchange, protocol), agent.name, trusted, options),
  );
  exchange.span?.set(GEN_AI.agentName, agent.name);
  exchange.span?.set(A2A.taskId, turn.taskId);
  exchange.span?.set(GEN_AI.conversationId, turn.contextId);
  return turn;
}

/** Blocks until the turn is over unless told otherwise. The turn runs on when the caller goes away. */
export async function sendMessage(call: AnyCall, request: SendMessageRequest): Promise<SendMessageResponse> {
  beginCallSpan(call, "SendMessage", request.message);
  const turn = await acceptMessage(call, request);
  const view =
    request.configuration?.returnImmediately === true ? await viewOf(call, turn.taskId) : await settleTurn(call, turn);
  if (view.reply !== undefined) return { message: view.reply };
  return { task: withHistoryLength(view.task, request.configuration?.historyLength) };
}

export async function settleTurn(
  { edge, exchange }: AnyCall,
  turn: AcceptedTurn,
  options: { readonly timeoutMs?: number; readonly protocol?: CallContext["protocol"] } = {},
): Promise<TaskView> {
  return await edge.control.tasks.settle(turn, callContext(exchange, options.protocol), {
    timeoutMs: Math.min(options.timeoutMs ?? edge.limits.blockingTimeoutMs, edge.limits.blockingTimeoutMs),
    signal: exchange.closed,
  });
}

export async function viewOf({ edge, exchange, agent }: AnyCall, taskId: string): Promise<TaskView> {
  return (await edge.control.tasks.get(callContext(exchange), taskId, agent.name)).view;
}

export async function streamMessage(call: AnyCall, request: SendMessageRequest): Promise<OpenFrames> {
  const { edge, exchange, agent } = call;
  edge.streams.assertRoom();
  beginCallSpan(call, "SendStreamingMessage", request.message);
  const turn = await acceptMessage(call, request);
  const length = request.configuration?.historyLength;
  return (signal) =>
    trimmed(edge.control.tasks.follow(callContext(exchange), turn.taskId, { turn, signal }, agent.name), length);
}

export async function getTask(call: AnyCall, { id, historyLength }: GetTaskRequest): Promise<Task> {
  const { edge, exchange, agent } = call;
  const details = await edge.control.tasks.get(callContext(exchange), id, agent.name);
  const counts = requestedExtensions(exchange).includes(RUN_USAGE_EXTENSION);
  return withHistoryLength(counts ? withUsage(details) : details.view.task, historyLength);
}

export async function listTasks(
  { edge, exchange, agent }: AnyCall,
  request: ListTasksRequest,
): Promise<ListTasksResponse> {
  return await edge.control.tasks.list(callContext(exchange), request, agent.name);
}

export async function cancelTask(call: AnyCall, { id }: CancelTaskRequest): Promise<Task> {
  const { edge, exchange, agent } = call;
  beginCallSpan(call, "CancelTask");
  const { task } = await edge.control.tasks.cancel(callContext(exchange), id, agent.name);
  exchange.span?.set(GEN_AI.agentName, agent.name);
  exchange.span?.set(A2A.taskId, task.id);
  return task;
}

/** Task first, then what follows; with `Last-Event-ID` or `?after=` exactly what was missed, then what follows. */
export async function subscribeToTask(call: AnyCall, { id }: SubscribeToTaskRequest): Promise<OpenFrames> {
  const { edge, exchange, agent } = call;
  edge.streams.assertRoom();
  const after = resumePoint(exchange);
  const { task } = await viewOf(call, id);
  if (after === undefined && isTerminal(task.status.state)) {
    throw new PlatformError("UNSUPPORTED_OPERATION", `This task is over (${task.status.state}); nothing will follow.`, {
      hint: "Get the task, or resume its stream with Last-Event-ID.",
    });
  }
  const resume = after === undefined ? {} : { after };
  return (signal) => edge.control.tasks.follow(callContext(exchange), id, { ...resume, signal }, agent.name);
}

export function resumePoint(exchange: CallExchange): number | undefined {
  const bounds = { min: 0, max: Number.MAX_SAFE_INTEGER };
  const last = exchange.header("last-event-id")?.trim();
  if (last !== undefined && last !== "") return parseInteger("Last-Event-ID", last, bounds);
  return exchange.integer("after", bounds);
}

async function* trimmed(
  frames: AsyncIterable<SequencedFrame>,
  length: number | undefined,
): AsyncGenerator<SequencedFrame> {
  for await (const each of frames) {
    yield "task" in each.frame ? { ...each, frame: { task: withHistoryLength(each.frame.task, length) } } : each;
  }
}

/** Only the platform writes these: who calls, and what a run may do. */
const OURS: readonly string[] = [PRINCIPAL_METADATA, RUN_METADATA];

/** Attacker-controlled: who calls is what authentication found, never what a message says. */
function withoutClaims(request: SendMessageRequest): SendMessageRequest {
  const { message } = request;
  const claims = OURS.some((key) => message.metadata?.[key] !== undefined || request.metadata?.[key] !== undefined);
  if (!claims) return request;
  return {
    ...request,
    message: { ...message, ...(message.metadata === undefined ? {} : { metadata: withoutClaim(message.metadata) }) },
    ...(request.metadata === undefined ? {} : { metadata: withoutClaim(request.metadata) }),
  };
}

function withoutClaim(metadata: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !OURS.includes(key)));
}

function namedSkill({ message }: SendMessageRequest): string | undefined {
  const call = message.metadata?.[SKILL_CALL_METADATA];
  if (typeof call !== "object" || call === null || !("skill" in call)) return undefined;
  return typeof call.skill === "string" ? call.skill : undefined;
}
