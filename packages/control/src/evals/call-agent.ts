import { isTerminal } from "@berth/protocol";
import type { IdGenerator, JsonValue, Principal, TaskView } from "@berth/protocol";
import type { AcceptOptions, CallContext, TaskEngine } from "../tasks/task-engine.ts";
import { toCall } from "./eval-case.ts";
import type { OwnTasks } from "./own-tasks.ts";

export interface AgentCallerOptions {
  readonly tasks: Pick<TaskEngine, "accept" | "settle" | "cancel">;
  readonly ids: IdGenerator;
  readonly own: OwnTasks;
}

export interface EvalCall {
  readonly principal: Principal;
  readonly agentName: string;
  readonly skill: string;
  readonly input: JsonValue;
  readonly timeoutMs: number;
  /** Which release it is to run on. */
  readonly on?: Pick<AcceptOptions, "release" | "candidate">;
}

/** A call like any other, by whoever is named. One that is not over in time is canceled. */
export async function callAgent(
  { tasks, ids, own }: AgentCallerOptions,
  { principal, agentName, skill, input, timeoutMs, on = {} }: EvalCall,
  signal: AbortSignal,
): Promise<{ readonly taskId: string; readonly view: TaskView }> {
  signal.throwIfAborted();
  const call: CallContext = { principal, protocol: "rest" };
  const turn = await tasks.accept(call, agentName, toCall(ids, skill, input), { skill, ...on });
  own.add(turn.taskId);
  const view = await tasks.settle(turn, call, { timeoutMs, signal });
  if (!isTerminal(view.task.status.state)) await tasks.cancel(call, turn.taskId).catch(() => undefined); // it ended just now
  signal.throwIfAborted();
  return { taskId: turn.taskId, view };
}
