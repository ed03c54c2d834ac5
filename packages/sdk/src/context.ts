import type { JsonValue, LogLevel, Message, Part, Principal } from "@berth/protocol";
import type { Memory } from "./memory.ts";
import type { Llm } from "./llm/llm.ts";
import type { InferOutput, StandardSchema } from "./schema/standard-schema.ts";

/** Status-message metadata of a progress report that knows how far it is: `{ "fraction": 0 to 1 }`. */
export const PROGRESS_METADATA = "https://berth.dev/extensions/progress/v1";

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
export type LogFields = { readonly [name: string]: unknown };

/** The files of the organization that this run may see. Paths are relative, with `/`. */
export interface Workspace {
  /** UTF-8. @throws ServiceError when the run may not, or there is no such file. */
  readText(path: string): Promise<string>;
  readBytes(path: string): Promise<Uint8Array>;
  /** Paths of all files below `folder`, sorted. */
  list(folder?: string): Promise<readonly string[]>;
  /** Puts a file below the run's own output folder and returns its path in the workspace. Durable when it resolves. */
  write(name: string, content: string | Uint8Array, options?: { readonly mediaType?: string }): Promise<string>;
  /** A file of the run's own output folder. */
  remove(path: string): Promise<void>;
}

/** What a run asks for beyond its grant. Globs: literal, `?`, `*` within a name, `**` for whole folders. */
export interface ScopeWish {
  readonly read?: readonly string[];
  /** Ends with `/`. */
  readonly write?: string;
  /** Shown to whoever decides. */
  readonly reason: string;
  /** How long the request stays open; default an hour, at most as long as the run may take. */
  readonly expiresInSeconds?: number;
}

export interface CallOptions {
  /** Cut from this run's own grant and handed to the agent that is called; without it that agent gets none of it. */
  readonly read?: readonly string[];
  readonly write?: string;
  /** Decimal text, such as "0.50". */
  readonly maxCost?: string;
  /** Calls that agent may make in turn. */
  readonly maxCalls?: number;
  /** Default 300. */
  readonly timeoutSeconds?: number;
}

/** Text, bytes, the address of a file that lies elsewhere, or data. */
export type ArtifactContent = string | Uint8Array | URL | JsonValue;

export interface ArtifactOptions {
  /** Default: by the name's extension, else text/plain, application/json or application/octet-stream. */
  readonly mediaType?: string;
  readonly description?: string;
  /** Add to what this artifact already holds; without it the content replaces it. */
  readonly append?: boolean;
  readonly lastChunk?: boolean;
}

/**
 * Messages for the running turn, in order; of agents that declare `steering`. Its sender learns whether a message was
 * read; one that was not when the turn ends is not lost, but the next turn's.
 */
export interface Steering extends AsyncIterable<Message> {
  /** What has come since the last look, without waiting. */
  take(): readonly Message[];
}

/** What a step has used: whole numbers, none negative. */
export interface UsageReport {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly model?: string;
  /** Millionths of a US dollar. */
  readonly costMicros?: number;
}

/** What a skill can do while it runs. After a cancel every method throws, so that the run unwinds. */
export interface TaskContext {
  /** As its caller knows it: the same however often the task is executed. */
  readonly taskId: string;
  readonly contextId: string;
  /** The message that started the task. */
  readonly message: Message;
  /** Who calls, as the platform verified it; undefined when the agent runs alone. */
  readonly principal: Principal | undefined;
  /**
   * W3C Trace Context of this turn, to be put into the `traceparent` header of whatever the run calls, or to be the parent of
   * the agent's own spans; undefined when the agent runs alone.
   */
  readonly traceparent: string | undefined;
  /** Aborted when the caller cancels. Hand it to whatever takes one. */
  readonly signal: AbortSignal;
  /** JSON lines on standard output, with the task's id and its trace. */
  readonly logger: Logger;
  readonly workspace: Workspace;
  readonly memory: Memory;
  /** Tells the caller what goes on. `fraction`: 0 to 1. Resolves when slow readers caught up. */
  progress(update: string | { readonly text: string; readonly fraction?: number }): Promise<void>;
  /**
   * An entry for the log that the caller sees, kept with the task; `logger` is for the operator. While a question is open
   * nobody listens, and nothing is said. Resolves when slow readers caught up.
   */
  log(level: LogLevel, data: JsonValue): Promise<void>;
  /** Hands over a result, or with `append` a piece of one. The name is its identity. Resolves when slow readers caught up. */
  artifact(name: string, content: ArtifactContent, options?: ArtifactOptions): Promise<void>;
  /** Puts a question to the caller and waits, in memory, for the next message of this task. */
  ask(question: string): Promise<string>;
  /** An answer that does not fit the schema is asked for again. */
  ask<S extends StandardSchema>(question: string, options: { readonly schema: S }): Promise<InferOutput<S>>;
  /**
   * Asks a person for more than this run's grant allows, and waits, in memory, until they answer. The task is
   * AUTH_REQUIRED meanwhile. @throws ScopeDeniedError when it was denied, or nobody answered in time.
   */
  requestScope(wish: ScopeWish): Promise<void>;
  /**
   * Calls a skill of another agent in the caller's name and gives its output. @throws CallFailedError when the call does
   * not complete, ServiceError when it may not be made.
   */
  call(agent: string, skill: string, input: JsonValue, options?: CallOptions): Promise<JsonValue>;
  /** Models; berth.json says which. */
  readonly llm: Llm;
  /** A token that proves to `audience` that this agent asks (OpenID Connect, at most 15 minutes). */
  identityToken(audience: string): Promise<string>;
  /** Says which authorization is missing and waits for the next message of this task. The message itself proves nothing. */
  requireAuth(text: string): Promise<Message>;
  /**
   * Answers with a plain message, and no task remains. Only as the first thing a run says; end the run after it. Where
   * the caller already follows the task, because the answer took a while, it completes with this message instead.
   */
  reply(content: string | readonly Part[]): void;
  /** Ends the task as REJECTED. */
  reject(reason: string): never;
  /** Waiting for the next message ends with the run. */
  readonly steering: Steering;
  /** Reports what a step has used; the reports of a task add up. @throws Error for what is no such number. */
  usage(report: UsageReport): void;
  /**
   * Does something once. In a durable skill what it gave, as JSON, is kept with the run, and given again when the run
   * goes on elsewhere; a name may come again, each time is another step. @throws StepFailedError after the last try
   * In other skills `fn` runs once per task and name, what it gave is remembered in memory, and a failure is not.
   */
  step<T>(name: string, fn: (step: StepContext) => T | Promise<T>, options?: StepOptions<T>): Promise<T>;
  /**
   * Waits. In a durable skill for as long as you like: no process waits with it. @throws Error for what is no time to
   * come, or more than ten years
   */
  sleep(wait: SleepTime | Date): Promise<void>;
}

/** Its parts add up. */
export interface SleepTime {
  readonly seconds?: number;
  readonly minutes?: number;
  readonly hours?: number;
  readonly days?: number;
}

/** What a step's function gets. */
export interface StepContext {
  /** Aborted when the task is canceled, or the step takes too long. */
  readonly signal: AbortSignal;
  /** From 1; also counts tries whose end nobody saw. */
  readonly attempt: number;
  /** The same in every try: for services that take an idempotency key, together with the task's id. */
  readonly key: string;
}

export interface StepOptions<T> {
  /** Default: a step that fails is not tried again. One that was lost with its process always is. */
  readonly retry?: {
    /** In all. */
    readonly attempts: number;
    /** Before the second try; doubled for each one after it. Default 1. */
    readonly backoffSeconds?: number;
    /** Default 300. */
    readonly maxBackoffSeconds?: number;
  };
  /** Of one try. */
  readonly timeoutSeconds?: number;
  /** Undoes it when the task is canceled or fails. Of durable skills. May be tried more than once. */
  readonly compensate?: (result: T) => unknown;
}

/** A step that failed, for the last time it is tried. */
export class StepFailedError extends Error {
  override readonly name: string = "StepFailedError";
  readonly step: string;

  constructor(step: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.step = step;
  }
}

/** Thrown by `ctx.reject`, or by an agent itself: the task ends as REJECTED with this message. */
export class RejectError extends Error {
  override readonly name: string = "RejectError";
}

/** The platform refused something, or could not do it. `reason` is one of the platform's. */
export class ServiceError extends Error {
  override readonly name: string = "ServiceError";
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** A scope request that was not granted. */
export class ScopeDeniedError extends ServiceError {
  override readonly name: string = "ScopeDeniedError";
}

/** Another agent's run that did not complete: what became of it. */
export class CallFailedError extends Error {
  override readonly name: string = "CallFailedError";
  readonly taskId: string;
  readonly state: string;

  constructor(taskId: string, state: string, message: string) {
    super(message);
    this.taskId = taskId;
    this.state = state;
  }
}

/** Thrown by the context's methods once the task was canceled. */
export class TaskCanceledError extends Error {
  override readonly name: string = "TaskCanceledError";
}
