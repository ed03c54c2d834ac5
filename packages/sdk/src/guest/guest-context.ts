import type { JsonObject, JsonValue, Message } from "@berth/protocol";
import { CallFailedError, RejectError, ScopeDeniedError, ServiceError } from "../context.ts";
import type {
  ArtifactContent,
  ArtifactOptions,
  CallOptions,
  SleepTime,
  StepContext,
  StepOptions,
  TaskContext,
} from "../context.ts";
import { createLlm } from "../llm/create-llm.ts";
import { toJsonSchema } from "../schema/json-schema.ts";
import type { StandardSchema } from "../schema/standard-schema.ts";
import { describeViolations, validate } from "../schema/validate.ts";
import { typeByName } from "../server/content-types.ts";
import { createLogger } from "../server/logger.ts";
import { inputOf } from "../server/message-input.ts";
import { traceOfRun } from "../server/trace-of-run.ts";
import { principalOf } from "../server/principal.ts";
import { sleepOf } from "../server/steps/durable-operations.ts";
import { retryIn } from "../server/steps/retry-in.ts";
import { platformMemory } from "../services/platform-memory.ts";
import { textIn } from "../services/text-in.ts";
import { toBase64 } from "./base64.ts";
import { neverSignal } from "./globals.ts";
import { guestWorkspace } from "./guest-workspace.ts";
import { askForObject, askHost } from "./host.ts";
import { pause } from "./timers.ts";

/** What `agent_handle` gets. */
export interface GuestRequest {
  readonly taskId: string;
  readonly contextId: string;
  readonly skill?: string;
  readonly input?: JsonValue;
  readonly message: Message;
}

/** The context of a run in WebAssembly. Each operation of the platform waits in place, so nothing here runs beside another. */
export function createGuestContext({ taskId, contextId, message, skill }: GuestRequest): TaskContext {
  const signal = neverSignal();
  const emit = (event: JsonObject): void => void askHost("event.emit", event);
  const steps = new Map<string, Promise<unknown>>();
  const trace = traceOfRun(message);
  return {
    taskId,
    contextId,
    message,
    principal: principalOf(message),
    traceparent: trace.traceparent,
    signal,
    logger: createLogger(
      { taskId, ...(skill === undefined ? {} : { skill }), ...trace.fields },
      (line) => void askHost("log", { message: line }),
    ),
    workspace: guestWorkspace,
    memory: platformMemory({
      json: async ({ method, path, body }) =>
        askForObject("services", { method, path, ...(body === undefined ? {} : { body }) }),
    }),
    llm: createLlm(modelsOfPlatform, signal),
    async progress(update) {
      const { text, fraction } = typeof update === "string" ? { text: update, fraction: undefined } : update;
      emit({ type: "progress", text, ...(fraction === undefined ? {} : { fraction }) });
    },
    async log(level, data) {
      emit({ type: "log", level, data });
    },
    async artifact(name, content, options = {}) {
      emit(artifactEvent(name, content, options));
    },
    // The overloads say what comes back: text without a schema, the schema's output with one.
    ask: ask as TaskContext["ask"],
    async requestScope({ read, write, reason, expiresInSeconds }) {
      try {
        askHost("requestScope", {
          reason,
          ...(read === undefined ? {} : { read: [...read] }),
          ...(write === undefined ? {} : { write }),
          ...(expiresInSeconds === undefined ? {} : { expiresInSeconds }),
        });
      } catch (error) {
        const isDenied = error instanceof ServiceError && error.reason.startsWith("APPROVAL_");
        throw isDenied ? new ScopeDeniedError(error.reason, error.message) : error;
      }
    },
    call,
    async identityToken(audience) {
      const path = `/identity-token?audience=${encodeURIComponent(audience)}`;
      return textIn(askForObject("services", { method: "GET", path }), "token");
    },
    requireAuth: () => absent("ctx.requireAuth"),
    reply: () => absent("ctx.reply"),
    reject(reason) {
      throw new RejectError(reason);
    },
    steering: {
      take: () => [],
      [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }),
    },
    usage: () => absent("ctx.usage"),
    step: async (name, fn, options = {}) => await stepOnce(steps, name, fn, { options, signal }),
    async sleep(wait) {
      await pause(millisecondsOf(wait));
    },
  };
}

async function ask(question: string, options?: { readonly schema: StandardSchema }): Promise<unknown> {
  if (options === undefined) return textIn(askForObject("ask", { question }), "text");
  const schema = toJsonSchema(options.schema, "input");
  let text = question;
  for (;;) {
    const { message } = askForObject("ask", { question: text, ...(schema === undefined ? {} : { schema }) });
    // The host hands over the caller's message.
    const answer = message as unknown as Message;
    const given = inputOf(answer, { hasSchema: true, ...(schema === undefined ? {} : { schema }) });
    const validated = await validate(options.schema, "input" in given ? given.input : undefined);
    if ("value" in validated) return validated.value;
    text = `${question} (The answer did not fit: ${describeViolations(validated.violations)}.)`;
  }
}

async function call(agent: string, skill: string, input: JsonValue, options: CallOptions = {}): Promise<JsonValue> {
  const { timeoutSeconds, ...grant } = options;
  const result = askForObject("call", {
    agent,
    skill,
    input,
    ...(Object.keys(grant).length === 0 ? {} : { grant: { ...grant } }),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
  });
  const { output, message } = result;
  const state = textIn(result, "state");
  if (state === "TASK_STATE_COMPLETED") return output ?? null;
  const said = typeof message === "string" ? `: ${message}` : ".";
  throw new CallFailedError(textIn(result, "taskId"), state, `${agent}/${skill} is ${state}${said}`);
}

/** Whole answers only: the host does not stream. */
async function modelsOfPlatform({
  path,
  body,
}: {
  readonly path: string;
  readonly body: string;
}): ReturnType<Parameters<typeof createLlm>[0]> {
  const answer = askForObject("services", {
    method: "POST",
    path: `/llm/v1${path}`,
    body: JSON.parse(body) as JsonObject,
  });
  return { status: 200, body: only(new TextEncoder().encode(JSON.stringify(answer))) };
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}

function artifactEvent(
  name: string,
  content: ArtifactContent,
  { mediaType, append, lastChunk }: ArtifactOptions,
): JsonObject {
  const flags = { ...(append === undefined ? {} : { append }), ...(lastChunk === undefined ? {} : { lastChunk }) };
  const typed = (type: string): JsonObject => ({ type: "artifact", name, mediaType: mediaType ?? type, ...flags });
  if (typeof content === "string") return { ...typed(typeByName(name) ?? "text/plain"), text: content };
  if (content instanceof Uint8Array) {
    return { ...typed(typeByName(name) ?? "application/octet-stream"), base64: toBase64(content) };
  }
  // The engine has no URL class, so what is left is JSON.
  return { ...typed("application/json"), data: content as JsonValue };
}

/** Remembered by name while the run lasts, as for every skill that is not durable. */
async function stepOnce<T>(
  steps: Map<string, Promise<unknown>>,
  name: string,
  fn: (step: StepContext) => T | Promise<T>,
  { options, signal }: { readonly options: StepOptions<T>; readonly signal: AbortSignal },
): Promise<T> {
  if (options.compensate !== undefined)
    throw new Error(`Step "${name}": only a durable skill can compensate what it did.`);
  if (options.timeoutSeconds !== undefined)
    throw new Error(`Step "${name}": a step in WebAssembly has no timeout of its own.`);
  // Whoever first used the name decided the type.
  const known = steps.get(name) as Promise<T> | undefined;
  if (known !== undefined) return await known;
  const running = (async (): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await fn({ signal, attempt, key: `step:${name}#1` });
      } catch (error) {
        const inSeconds = retryIn(options, attempt);
        if (inSeconds === undefined) throw error;
        await pause(inSeconds * 1_000);
      }
    }
  })();
  steps.set(name, running);
  running.catch(() => steps.delete(name));
  return await running;
}

function millisecondsOf(wait: SleepTime | Date): number {
  const wish = sleepOf(wait);
  return "until" in wish ? Date.parse(wish.until) - Date.now() : wish.inSeconds * 1_000;
}

function absent(what: string): never {
  throw new Error(`${what} is not there for an agent in WebAssembly.`);
}
