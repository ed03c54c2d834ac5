import { randomUUID } from "node:crypto";
import { SKILL_CALL_METADATA, isTerminal } from "@berth/protocol";
import type { JsonObject, StreamResponse, Task } from "@berth/protocol";
import { waitFor } from "@berth/testing";
import { SseReader } from "../sse-reader.ts";

const PATIENCE_MS = 120_000;
const RETRY_MS = 50;

/** How the callers reach the platform; it may be another process by the next call. */
export interface Door {
  readonly url: () => string;
  readonly token: () => string;
  /** Whether the platform may be away: then a refused connection or a 503 is tried again. */
  readonly mayBeDown: boolean;
}

/** What one caller saw of a task that it has watched to its end. */
export interface Watched {
  readonly taskId: string;
  /** Of the events it was shown, as they came. */
  readonly seqs: readonly number[];
  readonly end: string;
}

/** Callers that never stop: streams from the first event to the last, plain calls, and conversations with a pause. */
export class StormLoad {
  readonly watched: Watched[] = [];
  /** Acknowledged sends. */
  readonly taskIds: Set<string> = new Set();
  readonly #door: Door;
  readonly #workers: Promise<void>[] = [];
  #stopping = false;
  /** Moves on with each redeploy, so that conversations can wait for some. */
  #age = 0;

  constructor(door: Door) {
    this.#door = door;
  }

  start(callers: { readonly streams: number; readonly calls: number; readonly conversations: number }): void {
    const run = (count: number, once: () => Promise<void>): void => {
      for (let i = 0; i < count; i++) this.#workers.push(this.#forever(once));
    };
    run(callers.streams, async () => await this.#stream());
    run(callers.calls, async () => await this.#call());
    run(callers.conversations, async () => await this.#converse());
  }

  /** A redeploy is over. */
  aged(): void {
    this.#age += 1;
  }

  /** Lets what is under way end. @throws the first error of a caller */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#workers);
  }

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const response = await this.#try(path, init);
      if (response !== undefined) return response;
      if (Date.now() > deadline) throw new Error(`${path} was refused for ${PATIENCE_MS / 1_000} s`);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  /** Undefined: to be tried again. */
  async #try(path: string, init: RequestInit): Promise<Response | undefined> {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${this.#door.token()}`);
    headers.set("a2a-version", "1.0");
    try {
      const response = await fetch(new URL(path, this.#door.url()), { ...init, headers });
      if (response.status === 503 && this.#door.mayBeDown) return undefined;
      // Read to the end here: an answer that breaks off is none.
      return new Response(await response.arrayBuffer(), { status: response.status });
    } catch (error) {
      if (!this.#door.mayBeDown) throw error;
      return undefined;
    }
  }

  async #forever(once: () => Promise<void>): Promise<void> {
    while (!this.#stopping) await once();
  }

  async #stream(): Promise<void> {
    const { id } = await this.#send("count", { count: 25, delayMs: 20 }, { wait: false });
    await this.#watch(id);
  }

  async #call(): Promise<void> {
    const task = await this.#send("count", { count: 2, delayMs: 5 }, { wait: true });
    if (!isTerminal(task.status.state)) await this.#watch(task.id);
  }

  async #converse(): Promise<void> {
    const task = await this.#send("ask", {}, { wait: true });
    const age = this.#age;
    await waitFor("a redeploy during a conversation", () => this.#stopping || this.#age > age, PATIENCE_MS);
    // The agent's memory of its question may have died with its process; then the task is over.
    const before = await this.#task(task.id);
    if (!isTerminal(before.status.state)) {
      await this.#post({ taskId: task.id, parts: [{ text: "yes" }] }, { wait: true });
    }
    await this.#watch(task.id);
  }

  async #send(skill: string, data: JsonObject, options: { readonly wait: boolean }): Promise<Task> {
    const task = await this.#post({ parts: [{ data }], metadata: { [SKILL_CALL_METADATA]: { skill } } }, options);
    this.taskIds.add(task.id);
    return task;
  }

  /** The same message id until it is acknowledged, so that trying again makes no second task. */
  async #post(message: JsonObject, { wait }: { readonly wait: boolean }): Promise<Task> {
    const response = await this.fetch("/agents/storm/message:send", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        message: { messageId: randomUUID(), role: "ROLE_USER", ...message },
        configuration: { returnImmediately: !wait },
      }),
    });
    const text = await response.text();
    const known = message["taskId"];
    // A turn that was accepted before the platform was killed may have ended with its task.
    if (this.#door.mayBeDown && response.status === 400 && typeof known === "string") return await this.#task(known);
    if (response.status !== 200) throw new Error(`a call was answered with ${response.status}: ${text}`);
    // A2A's SendMessageResponse.
    return (JSON.parse(text) as { task: Task }).task;
  }

  async #task(taskId: string): Promise<Task> {
    const response = await this.fetch(`/agents/storm/tasks/${taskId}`);
    if (response.status !== 200) throw new Error(`task ${taskId} was answered with ${response.status}`);
    // A2A's Task.
    return (await response.json()) as Task;
  }

  /** Every event of the task, over as many connections as it takes. */
  async #watch(taskId: string): Promise<void> {
    const seqs: number[] = [];
    let end: string | undefined;
    const deadline = Date.now() + PATIENCE_MS;
    while (end === undefined) {
      if (Date.now() > deadline) throw new Error(`the stream of ${taskId} did not come to its end`);
      const reader = await this.#subscribe(taskId, seqs.at(-1));
      await reader?.read(Number.POSITIVE_INFINITY, ({ id, data }) => {
        seqs.push(id);
        end = endOf(JSON.parse(data)) ?? end;
      });
      const isCut = end === undefined && reader !== undefined;
      if (isCut && !this.#door.mayBeDown) throw new Error(`the stream of ${taskId} was cut after event ${seqs.at(-1)}`);
      if (reader === undefined) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    this.watched.push({ taskId, seqs, end });
  }

  async #subscribe(taskId: string, after: number | undefined): Promise<SseReader | undefined> {
    try {
      return await SseReader.open({
        url: `${this.#door.url()}/agents/storm/sse/${taskId}`,
        headers: { authorization: `Bearer ${this.#door.token()}` },
        ...(after === undefined ? {} : { after }),
      });
    } catch (error) {
      if (!this.#door.mayBeDown) throw error;
      return undefined;
    }
  }
}

function endOf(frame: StreamResponse): string | undefined {
  const status = "statusUpdate" in frame ? frame.statusUpdate.status : undefined;
  return status !== undefined && isTerminal(status.state) ? status.state : undefined;
}
