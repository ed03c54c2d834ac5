import { Role, TaskState } from "@berth/protocol";
import type { JsonObject, Part, TaskView } from "@berth/protocol";
import { acceptMessage } from "../a2a/operations.ts";
import type { AgentTarget } from "../edge/routes.ts";
import { objectAt } from "./json.ts";
import { toA2aCall } from "./mcp-call.ts";
import type { McpCall } from "./mcp-call.ts";
import { missingCapability } from "./mcp-error.ts";
import type { McpRequest } from "./mcp-request.ts";
import { questionsOf, readAnswers } from "./questions.ts";
import type { Question } from "./questions.ts";
import { sealRequestState } from "./request-state.ts";
import { cancelTask } from "./task-run.ts";
import type { TaskRun } from "./task-run.ts";
import { toPendingResult, toolError } from "./tool-result.ts";

/**
 * A task waits for its caller. Undefined: it goes on, or will when the client has answered. Else the result of the
 * call: the questions (2026), or, for clients that cannot ask anybody, the question as text for the model.
 */
export async function askCaller(
  call: McpCall,
  run: TaskRun,
  now: { readonly view: TaskView; readonly responses: JsonObject; readonly asked: Set<string> },
): Promise<object | undefined> {
  const { request } = call;
  const { view, responses, asked } = now;
  const pending = (): object => toPendingResult(view, view.task.contextId ?? "", run.tool);
  const questions = view.task.status.state === TaskState.AuthRequired ? authQuestion(view) : questionsOf(view);
  if (questions.length === 0) return pending();
  const answers = readAnswers(questions, responses);
  if (answers.kind === "declined") return await decline(call, run.taskId);
  if (answers.parts.length > 0) {
    await tellAgent(call, run.tool.agent, run.taskId, answers.parts);
    return undefined;
  }
  const missing = questions.filter((question) => !canAsk(request, question));
  const strict = missing.find(({ method }) => method !== "elicitation/create");
  if (strict !== undefined) {
    await cancelTask(call, run.taskId);
    throw missingCapability({ [capabilityOf(strict)]: {} });
  }
  if (missing.length > 0) return pending();
  if (request.era === "modern") {
    const { taskId, args, tool } = run;
    const requestState = sealRequestState(call, { taskId, args, tool: tool.tool.name });
    return { resultType: "input_required", inputRequests: toInputRequests(questions), requestState };
  }
  if (!call.answer.mayStream || call.session === undefined) return pending();
  return await push(call, run, { questions, asked });
}

/** 2025: as requests of ours on the stream of the call; the answers come as requests of their own. */
async function push(
  call: McpCall,
  { taskId, tool }: TaskRun,
  { questions, asked }: { readonly questions: readonly Question[]; readonly asked: Set<string> },
): Promise<undefined> {
  const { sealer, exchange, answer } = call;
  for (const { key, method, params } of questions) {
    if (asked.has(key)) continue;
    asked.add(key);
    const id = sealer.seal("question", exchange.principal, { taskId, key, agent: tool.agent.name });
    // Only 2025 gives an address an id.
    await answer.request(id, method, params["mode"] === "url" ? { ...params, elicitationId: key } : params);
  }
  return undefined;
}

export async function tellAgent(
  call: McpCall,
  agent: AgentTarget,
  taskId: string,
  parts: readonly Part[],
): Promise<{ readonly seq: number }> {
  const message = { messageId: call.edge.ids("message"), role: Role.User, parts, taskId };
  return await acceptMessage(toA2aCall(call, agent), { message }, "mcp");
}

async function decline(call: McpCall, taskId: string): Promise<object> {
  await cancelTask(call, taskId);
  return toolError("The user did not want to answer, so the task was canceled.");
}

export function askable(request: McpRequest, view: TaskView): readonly Question[] {
  const questions = view.task.status.state === TaskState.AuthRequired ? authQuestion(view) : questionsOf(view);
  return questions.filter((question) => canAsk(request, question));
}

export function toInputRequests(questions: readonly Question[]): JsonObject {
  return Object.fromEntries(questions.map(({ key, method, params }) => [key, { method, params }]));
}

/** Only what this client says it can do may be asked of it. */
export function canAsk({ capabilities }: McpRequest, question: Question): boolean {
  const declared = objectAt(capabilities, capabilityOf(question));
  if (declared === undefined) return false;
  if (question.method !== "elicitation/create") return true;
  const isUrl = question.params["mode"] === "url";
  // An empty object is how clients said it before there was a choice.
  return isUrl ? objectAt(declared, "url") !== undefined : "form" in declared || !("url" in declared);
}

function capabilityOf({ method }: Question): string {
  if (method === "roots/list") return "roots";
  return method === "sampling/createMessage" ? "sampling" : "elicitation";
}

/** Secrets never travel through a form: an agent that needs an authorization has to say where it is given. */
function authQuestion({ task }: TaskView): readonly Question[] {
  const { message } = task.status;
  const url = message?.parts.find((part) => /^https?:\/\//.test(part.url ?? ""))?.url;
  if (message === undefined || url === undefined) return [];
  const said = message.parts.find(({ text }) => text !== undefined)?.text ?? "The agent needs an authorization.";
  const key = message.messageId;
  return [
    {
      key,
      ownKey: key,
      method: "elicitation/create",
      params: { mode: "url", message: said, url },
    },
  ];
}
