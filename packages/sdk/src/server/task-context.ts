import { LOG_METADATA, QUESTION_METADATA, Role, TaskState, isInterrupted, readRunUsage } from "@berth/protocol";
import type { JsonObject, Message, Part } from "@berth/protocol";
import { PROGRESS_METADATA, RejectError } from "../context.ts";
import type { TaskContext, Workspace } from "../context.ts";
import type { Memory } from "../memory.ts";
import { toJsonSchema } from "../schema/json-schema.ts";
import type { StandardSchema } from "../schema/standard-schema.ts";
import { describeViolations, validate } from "../schema/validate.ts";
import { createLlm } from "../llm/create-llm.ts";
import type { LlmTransport } from "../llm/llm.ts";
import { platformTransport } from "../llm/transports.ts";
import type { RunServices } from "../services/run-services.ts";
import { toArtifact } from "./artifact.ts";
import type { LiveTask } from "./live-task.ts";
import { createLogger } from "./logger.ts";
import { callDurably, requestScopeDurably, scopeMessage, sleepOf } from "./steps/durable-operations.ts";
import { LocalSteps } from "./steps/local-steps.ts";
import type { Replay } from "./steps/replay.ts";
import { inputOf, textOf } from "./message-input.ts";
import { principalOf } from "./principal.ts";
import { traceOfRun } from "./trace-of-run.ts";

export interface TaskContextOptions {
  readonly task: LiveTask;
  readonly message: Message;
  readonly skillId: string | undefined;
  readonly workspace: Workspace;
  readonly memory: Memory;
  /** Undefined where no platform offers them. */
  readonly services: RunServices | undefined;
  /** Where models are for an agent that runs alone. */
  readonly localLlm: LlmTransport;
  /** Of a durable skill. */
  readonly replay: Replay | undefined;
  readonly newMessageId: () => string;
}

export function createTaskContext({
  task,
  message,
  skillId,
  workspace,
  memory,
  services,
  localLlm,
  replay,
  newMessageId,
}: TaskContextOptions): TaskContext {
  const local = new LocalSteps(task.signal);
  const put = async (state: TaskState, asked: Message): Promise<Message> =>
    replay?.suspends === true ? await replay.ask({ state, message: asked }) : await task.question(state, asked);
  let hasSpoken = false;

  const say = (parts: readonly Part[], metadata?: JsonObject): Message => ({
    messageId: newMessageId(),
    role: Role.Agent,
    taskId: task.id,
    contextId: task.contextId,
    parts,
    ...(metadata === undefined ? {} : { metadata }),
  });

  async function ask(question: string, options?: { readonly schema: StandardSchema }): Promise<unknown> {
    hasSpoken = true;
    if (options === undefined) return textOf(await put(TaskState.InputRequired, say([{ text: question }])));
    const schema = toJsonSchema(options.schema, "input");
    const metadata = schema === undefined ? undefined : { [QUESTION_METADATA]: { schema } };
    let text = question;
    // Each round needs a message of the caller, and a cancel ends it.
    for (;;) {
      const answer = await put(TaskState.InputRequired, say([{ text }], metadata));
      const given = inputOf(answer, { hasSchema: true, ...(schema === undefined ? {} : { schema }) });
      const validated = await validate(options.schema, "input" in given ? given.input : textOf(answer));
      if ("value" in validated) return validated.value;
      text = `${question} (The answer did not fit: ${describeViolations(validated.violations)}.)`;
    }
  }

  // The task that callers see, the same in every execution and attempt of it; alone, our own is that.
  const taskId = services?.runId ?? task.id;
  const trace = traceOfRun(message);
  return {
    taskId,
    contextId: task.contextId,
    message,
    principal: principalOf(message),
    traceparent: trace.traceparent,
    signal: task.signal,
    llm: createLlm(services === undefined ? localLlm : platformTransport(services), task.signal),
    logger: createLogger({ taskId, ...(skillId === undefined ? {} : { skill: skillId }), ...trace.fields }),
    workspace,
    memory,
    async progress(update) {
      hasSpoken = true;
      const { text, fraction } = typeof update === "string" ? { text: update, fraction: undefined } : update;
      const metadata = fraction === undefined ? undefined : { [PROGRESS_METADATA]: { fraction } };
      task.setStatus(TaskState.Working, say([{ text }], metadata));
      await task.flowed();
    },
    async log(level, data) {
      hasSpoken = true;
      const { message: _said, ...status } = task.task.status;
      if (!isInterrupted(status.state)) {
        task.emit({ kind: "status", status, metadata: { [LOG_METADATA]: { level, data } } });
      }
      await task.flowed();
    },
    async artifact(name, content, options = {}) {
      hasSpoken = true;
      const { append, lastChunk } = options;
      task.emit({
        kind: "artifact",
        artifact: toArtifact(name, content, options),
        ...(append === undefined ? {} : { append }),
        ...(lastChunk === undefined ? {} : { lastChunk }),
      });
      await task.flowed();
    },
    // The overloads say what comes back: text without a schema, the schema's output with one.
    ask: ask as TaskContext["ask"],
    async requestScope(wish) {
      // Alone, an agent may read all of its local workspace anyway.
      if (services === undefined) return;
      const saying = (text: string, metadata: JsonObject): Message => say([{ text }], metadata);
      if (replay?.suspends === true) return await requestScopeDurably(replay, services, wish, saying);
      const { approvalId, expiresAt, state } = await services.requestScope(wish);
      // A policy has answered it already.
      if (state !== "pending") return await services.waitForApproval(approvalId);
      hasSpoken = true;
      const message = scopeMessage(saying, wish, { approvalId, expiresAt });
      await task.awaitApproval(message, async () => await services.waitForApproval(approvalId));
    },
    async call(agent, skill, input, options) {
      const platform = needServices(services, "ctx.call");
      if (replay?.suspends === true) return await callDurably(replay, platform, { agent, skill, input, options });
      return await platform.call(agent, skill, input, options);
    },
    async identityToken(audience) {
      return await needServices(services, "ctx.identityToken").identityToken(audience);
    },
    requireAuth(text) {
      hasSpoken = true;
      return put(TaskState.AuthRequired, say([{ text }]));
    },
    reply(content) {
      if (hasSpoken) throw new Error("ctx.reply must be the first thing a run says: a task cannot become a message.");
      hasSpoken = true;
      const { taskId: _, ...answer } = say(typeof content === "string" ? [{ text: content }] : content);
      if (!task.reply(answer)) task.setStatus(TaskState.Completed, { ...answer, taskId: task.id });
    },
    reject(reason) {
      throw new RejectError(reason);
    },
    steering: task.steering,
    usage({ model, ...counts }) {
      const used = readRunUsage({ ...counts, ...(model === undefined ? {} : { models: [model] }) });
      if (typeof used === "string") throw new Error(`ctx.usage: ${used}.`);
      if (replay === undefined) task.addUsage(used);
      else replay.use(used);
    },
    step: async (name, fn, options = {}) =>
      replay === undefined ? await local.step(name, fn, options) : await replay.step(name, fn, options),
    sleep: async (wait) => (replay === undefined ? await local.sleep(wait) : await replay.sleep(sleepOf(wait))),
  };
}

function needServices(services: RunServices | undefined, what: string): RunServices {
  if (services !== undefined) return services;
  throw new Error(`${what} needs a platform: deploy this agent, or start it with \`a2a up\`.`);
}
