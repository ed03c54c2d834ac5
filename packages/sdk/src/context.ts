import type { JsonValue, LogLevel, Message, Part, Principal } from "@berth/protocol";
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

/** Files that the caller shares with the agent. Paths are relative, with `/`. */
export interface Workspace {
  /** UTF-8. @throws Error when there is no such file, or the path leaves the workspace. */
  readText(path: string): Promise<string>;
  readBytes(path: string): Promise<Uint8Array>;
  /** Paths of all files below `folder`, sorted. */
  list(folder?: string): Promise<readonly string[]>;
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
  readonly taskId: string;
  readonly contextId: string;
  /** The message that started the task. */
  readonly message: Message;
  /** Who calls, as the platform verified it; undefined when the agent runs alone. */
  readonly principal: Principal | undefined;
  /** Aborted when the caller cancels. Hand it to whatever takes one. */
  readonly signal: AbortSignal;
  /** JSON lines on standard output, with the task's id. */
  readonly logger: Logger;
  readonly workspace: Workspace;
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
  /** Runs `fn` once per task and name, and remembers what it gave. A failure is not remembered. */
  step<T>(name: string, fn: () => T | Promise<T>): Promise<T>;
}

/** Thrown by `ctx.reject`, or by an agent itself: the task ends as REJECTED with this message. */
export class RejectError extends Error {
  override readonly name: string = "RejectError";
}

/** Thrown by the context's methods once the task was canceled. */
export class TaskCanceledError extends Error {
  override readonly name: string = "TaskCanceledError";
}
