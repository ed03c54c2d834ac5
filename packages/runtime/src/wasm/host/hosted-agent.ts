import type { JsonObject, Message, SendMessageRequest } from "@berth/protocol";
import type { AgentThread, ThreadPool } from "./agent-thread.ts";
import { GuestFault } from "./guest-memory.ts";
import { HostTask } from "./host-task.ts";
import { dataOf, operate, textOf, withoutCredentials } from "./operations.ts";
import type { OperationContext } from "./operations.ts";
import { ServicesClient } from "./services-client.ts";
import { METADATA } from "./wire-names.ts";

export interface HostedAgentOptions {
  readonly instanceId: string;
  readonly module: WebAssembly.Module;
  readonly env: { readonly [name: string]: string };
  readonly memoryMb: number;
  readonly cpu: number;
  readonly servicesPath: string;
  readonly threads: ThreadPool;
  readonly onLine: (stream: "stdout" | "stderr", text: string) => void;
  /** Its thread ended by itself. */
  readonly onEnd: (why: string) => void;
}

/** Ended tasks that may still be asked for. */
const MAX_ENDED = 64;
const STOP_LOOK_MS = 20;
const MAX_MESSAGE_CHARS = 2_000;

/** One instance of the platform: a thread with a module, and the tasks on it. */
export class HostedAgent {
  readonly #options: HostedAgentOptions;
  readonly #thread: AgentThread;
  readonly #tasks = new Map<string, HostTask>();
  readonly #ended: string[] = [];
  readonly #contexts = new Map<number, OperationContext>();
  #thawed: PromiseWithResolvers<void> | undefined;
  #isOver = false;
  #deadline = Number.POSITIVE_INFINITY;
  #stopped: Promise<void> | undefined;
  card: JsonObject | undefined;

  constructor(options: HostedAgentOptions) {
    this.#options = options;
    this.#thread = options.threads.take();
    this.#thread.use({
      onLine: options.onLine,
      onEnd: (why) => {
        if (!this.#isOver) options.onEnd(why);
        this.#isOver = true;
      },
      operate: async (callId, op, json) => {
        return await operate(op, json, this.#contexts.get(callId) ?? { print: options.onLine });
      },
    });
    const { module, env, memoryMb, cpu } = options;
    this.#thread.tell({ kind: "load", module, env, memoryMb, cpu });
  }

  /** What the module says of itself. @throws Error */
  async describe(): Promise<JsonObject> {
    const { json } = await this.#thread.call({ kind: "describe" }).result;
    const described = resultOf(json, "agent_describe");
    const { error } = described;
    if (typeof error === "string") throw new Error(`The agent could not be loaded: ${error}`);
    return described;
  }

  /** Resolves while it is not frozen. */
  async ready(): Promise<void> {
    await this.#thawed?.promise;
  }

  start({ message, metadata }: SendMessageRequest): HostTask {
    const task = new HostTask(message);
    this.#tasks.set(task.id, task);
    void this.#run(task, inputOf(task, metadata));
    return task;
  }

  find(taskId: string): HostTask | undefined {
    return this.#tasks.get(taskId);
  }

  freeze(): void {
    this.#thawed ??= Promise.withResolvers();
    this.#thread.tell({ kind: "freeze" });
  }

  thaw(): void {
    this.#thawed?.resolve();
    this.#thawed = undefined;
    this.#thread.tell({ kind: "thaw" });
  }

  async stats(): Promise<JsonObject> {
    return { memoryBytes: this.#thread.memoryBytes, cpuMs: await this.#thread.cpuMs() };
  }

  /** Lets calls finish within `graceMs`, then ends them. Again, it can only be sooner. */
  async stop(graceMs: number): Promise<void> {
    this.#isOver = true;
    this.#deadline = Math.min(this.#deadline, performance.now() + graceMs);
    this.thaw();
    await (this.#stopped ??= this.#stop());
  }

  async #stop(): Promise<void> {
    while (this.#contexts.size > 0 && !this.#thread.isOver && performance.now() < this.#deadline) {
      await new Promise((resolve) => setTimeout(resolve, STOP_LOOK_MS));
    }
    for (const task of this.#tasks.values()) if (!task.isOver) task.cancel();
    if (this.#thread.isBusy) await this.#thread.terminate();
    else await this.#options.threads.giveBack(this.#thread);
  }

  async #run(task: HostTask, input: JsonObject): Promise<void> {
    const { callId, result } = this.#thread.call({ kind: "handle", json: JSON.stringify(input) });
    this.#contexts.set(callId, this.#contextOf(task));
    task.signal.addEventListener("abort", () => this.#thread.tell({ kind: "cancel", callId }), { once: true });
    task.setState("TASK_STATE_WORKING");
    try {
      finish(task, resultOf((await result).json, "agent_handle"));
    } catch (error) {
      const why = whyOf(error, this.#options.memoryMb);
      if (!task.isOver) this.#options.onLine("stderr", `[berth] task ${task.id} failed: ${why}`);
      task.setState("TASK_STATE_FAILED", task.say([{ text: `The agent failed: ${why}` }]));
    } finally {
      this.#contexts.delete(callId);
      this.#forgetOldest(task.id);
    }
  }

  #contextOf(task: HostTask): OperationContext {
    const run = task.message.metadata?.[METADATA.run];
    const { grant, write } = isObject(run) ? run : {};
    const { instanceId, servicesPath: socketPath, onLine } = this.#options;
    const given = typeof grant === "string" ? grant : undefined;
    return {
      task,
      services: new ServicesClient({ socketPath, instanceId, grant: given, signal: task.signal }),
      writePrefix: typeof write === "string" ? write : undefined,
      print: onLine,
    };
  }

  #forgetOldest(taskId: string): void {
    this.#ended.push(taskId);
    if (this.#ended.length > MAX_ENDED) this.#tasks.delete(this.#ended.shift() ?? "");
  }
}

/** What `agent_handle` gets. */
function inputOf(task: HostTask, metadata: JsonObject | undefined): JsonObject {
  const { message } = task;
  const all: JsonObject = { ...metadata, ...message.metadata };
  const call = all[METADATA.skillCall];
  const principal = message.metadata?.[METADATA.principal];
  const named = isObject(call) ? call["skill"] : (all["skillId"] ?? all["skill"]);
  const input = isObject(call) ? call["input"] : undefined;
  return {
    taskId: task.id,
    contextId: task.contextId,
    text: textOf(message),
    ...dataOf(message),
    ...(typeof named === "string" ? { skill: named } : {}),
    ...(input === undefined ? {} : { input }),
    ...(principal === undefined ? {} : { principal }),
    message: withoutCredentials(message),
  };
}

/** `{"output"?, "message"?}`, `{"reject": text}`, or `{"error": text}`, which may be an error as the host gave it. */
function finish(task: HostTask, result: JsonObject): void {
  const { output, message, reject } = result;
  const error = isObject(result["error"]) ? result["error"]["message"] : result["error"];
  const said = (value: unknown): Message | undefined =>
    typeof value === "string" && value !== "" ? task.say([{ text: value }]) : undefined;
  if (typeof error === "string") task.setState("TASK_STATE_FAILED", said(error));
  else if (typeof reject === "string") task.setState("TASK_STATE_REJECTED", said(reject));
  else {
    if (output !== undefined) {
      const parts = [{ data: output, mediaType: "application/json" }];
      task.addArtifact({ artifactId: "output", name: "output", parts }, {});
    }
    task.setState("TASK_STATE_COMPLETED", said(message));
  }
}

/** As the platform says it of every agent: the reason, and what there is to do. */
function whyOf(error: unknown, memoryMb: number): string {
  const text = (error instanceof Error ? error.message : String(error)).slice(0, MAX_MESSAGE_CHARS);
  if (!(error instanceof GuestFault)) return text;
  if (error.reason !== "AGENT_OUT_OF_MEMORY") return `${error.reason}. ${text}`;
  return `${error.reason}. ${text} Its limit is ${memoryMb} MiB: resources.memoryMb in berth.json.`;
}

function resultOf(json: string, from: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new Error(`${from} gave what is not JSON.`);
  }
  if (isObject(value)) return value;
  throw new Error(`${from} must give a JSON object.`);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
