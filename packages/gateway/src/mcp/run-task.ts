import { PlatformError, TaskState, isInterrupted, isTerminal, logEntryOf } from "@berth/protocol";
import type { TaskView } from "@berth/protocol";
import { callContext } from "../a2a/operations.ts";
import { askCaller } from "./ask-caller.ts";
import { tellLog } from "./logging.ts";
import type { McpCall } from "./mcp-call.ts";
import { declaresTasks } from "./mcp-request.ts";
import { Progress } from "./progress.ts";
import { approvalIdOf } from "../rest/run-result.ts";
import { toCreatedTask } from "./task-form.ts";
import { cancelTask, viewOf } from "./task-run.ts";
import type { TaskRun } from "./task-run.ts";
import { toFinalResult, toPendingResult } from "./tool-result.ts";

/** What ends before this is answered at once, to clients that could also wait for a task. */
const GRACE_MS = 500;
/** A call that takes longer becomes a stream, so that whatever lies between keeps the connection. */
const OPEN_AFTER_MS = 5_000;

/**
 * Follows a task to something that the client gets: its result, a task to ask for, a question, or that it runs on.
 * Undefined when the caller has canceled or gone, which in 2026 is the same.
 */
export async function runTask(call: McpCall, run: TaskRun): Promise<object | undefined> {
  const { edge, exchange, request, answer, inFlight } = call;
  using progress = new Progress(answer, request.progressToken);
  using flight = inFlight.begin(flightKey(call));
  const opening = setTimeout(() => answer.open(), OPEN_AFTER_MS);
  const waits = AbortSignal.any([
    exchange.closed,
    flight.signal,
    AbortSignal.timeout(declaresTasks(request) ? GRACE_MS : edge.limits.blockingTimeoutMs),
  ]);
  try {
    const result = await settle(call, run, { progress, waits });
    const isGone = exchange.res.closed && !exchange.res.writableEnded;
    if (!flight.signal.aborted && !isGone) return result;
    if (flight.signal.aborted || request.era === "modern") await cancelTask(call, run.taskId);
    return undefined;
  } finally {
    clearTimeout(opening);
  }
}

async function settle(
  call: McpCall,
  run: TaskRun,
  { progress, waits }: { readonly progress: Progress; readonly waits: AbortSignal },
): Promise<object> {
  let { responses } = run;
  let view =
    run.after === undefined ? await viewOf(call, run.taskId) : await watch(call, run, run.after, { progress, waits });
  const asked = new Set<string>();
  for (;;) {
    const { state } = view.task.status;
    if (isTerminal(state)) return toFinalResult(view, run.tool);
    // Not the caller's to answer: the run goes on when somebody else has.
    if (approvalIdOf(view) !== undefined) break;
    if (state === TaskState.InputRequired || state === TaskState.AuthRequired) {
      const result = await askCaller(call, run, { view, responses, asked });
      if (result !== undefined) return result;
      responses = {};
    }
    if (waits.aborted) break;
    view = await watch(call, run, view.seq, { progress, waits });
  }
  if (declaresTasks(call.request)) return await toCreatedTask(call, run);
  return toPendingResult(view, view.task.contextId ?? "", run.tool);
}

/** The task when its turn is over, or when nobody waits any longer. */
async function watch(
  call: McpCall,
  { taskId, tool }: TaskRun,
  after: number,
  { progress, waits }: { readonly progress: Progress; readonly waits: AbortSignal },
): Promise<TaskView> {
  const { edge, exchange } = call;
  const frames = edge.control.tasks.follow(callContext(exchange, "mcp"), taskId, { after, signal: waits });
  for await (const { frame } of frames) {
    if ("artifactUpdate" in frame) await progress.chunk(frame.artifactUpdate);
    if (!("statusUpdate" in frame)) continue;
    const { status, metadata } = frame.statusUpdate;
    const entry = logEntryOf(metadata);
    if (entry !== undefined) await tellLog(call, tool.agent.name, entry);
    if (isTerminal(status.state) || isInterrupted(status.state)) break;
    await progress.status(status);
  }
  return await viewOf(call, taskId);
}

/** Ids of requests are only unique within a session, or for one who has a name. */
function flightKey({ exchange, surface, session, request }: McpCall): string {
  const { orgId, kind, id } = exchange.principal;
  const caller = session ?? (kind === "anonymous" ? exchange.requestId : `${orgId} ${id}`);
  return JSON.stringify([caller, surface.id, request.id ?? null]);
}

/** `notifications/cancelled`: the id it names is looked for among the calls of the same caller. */
export function cancelInFlight(call: McpCall, requestId: unknown): void {
  if (typeof requestId !== "string" && typeof requestId !== "number") {
    throw new PlatformError("INVALID_PARAMS", `"requestId" must be a string or a number.`);
  }
  call.inFlight.cancel(flightKey({ ...call, request: { ...call.request, id: requestId } }));
}
