import { fileURLToPath } from "node:url";
import type {
  Message,
  SendMessageConfiguration,
  SendMessageResponse,
  SequencedFrame,
  Task,
  TaskState,
} from "@berth/protocol";
import { PlatformProcess, deployFolder, temporaryFolder } from "@berth/testing";
import type { Binding, BindingClient, FrameStream, Target } from "./bindings/index.ts";

const AGENTS = fileURLToPath(new URL("./agents", import.meta.url));

/** `nobody` sends no credential. */
export type Caller = "alice" | "bob" | "auditor" | "nobody";

export interface CallerOptions extends Pick<Target, "headers" | "query"> {
  /** `actor` is private and does what it is told, `rogue` is public and misbehaves. */
  readonly agent?: "actor" | "rogue";
  readonly as?: Caller;
}

/** A real platform with the two agents of these tests, and callers with a key each. */
export class House {
  readonly #folder = temporaryFolder();
  readonly #keys = new Map<Caller, string>();
  #platform: PlatformProcess | undefined;

  async open(): Promise<void> {
    const platform = await PlatformProcess.start({ home: `${this.#folder.path}/home` });
    this.#platform = platform;
    await Promise.all(["actor", "rogue"].map((agent) => deployFolder(platform, `${AGENTS}/${agent}`)));
    this.#keys.set("alice", await this.#createKey("alice", ["invoke"]));
    this.#keys.set("bob", await this.#createKey("bob", ["invoke"]));
    this.#keys.set("auditor", await this.#createKey("auditor", ["read"]));
  }

  async close(): Promise<void> {
    await this.#platform?.stop();
    this.#folder[Symbol.dispose]();
  }

  get platform(): PlatformProcess {
    if (this.#platform === undefined) throw new Error("the house is not open yet");
    return this.#platform;
  }

  target({ agent = "actor", as = "alice", headers, query }: CallerOptions = {}): Target {
    const token = this.#keys.get(as);
    return {
      base: `${this.platform.url}/agents/${agent}`,
      ...(token === undefined ? {} : { token }),
      ...(headers === undefined ? {} : { headers }),
      ...(query === undefined ? {} : { query }),
    };
  }

  client(binding: Binding, options: CallerOptions = {}): BindingClient {
    return binding.open(this.target(options));
  }

  async #createKey(name: string, scopes: readonly string[]): Promise<string> {
    const response = await this.platform.fetch("/v1/keys", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name, scopes }),
    });
    const { key } = (await response.json()) as { key: string };
    return key;
  }
}

let messages = 0;

/** A send of one text, with an id of its own unless `message` names one. */
export function saying(
  text: string,
  message: Partial<Message> = {},
  configuration?: SendMessageConfiguration,
): { readonly message: Message; readonly configuration?: SendMessageConfiguration } {
  messages += 1;
  return {
    message: { messageId: `conformance-${messages}`, role: "ROLE_USER", parts: [{ text }], ...message },
    ...(configuration === undefined ? {} : { configuration }),
  };
}

/** @throws Error when the agent answered with a message. */
export function taskOf(response: SendMessageResponse): Task {
  if ("task" in response) return response.task;
  throw new Error(`expected a task, got ${JSON.stringify(response)}`);
}

export function textsOf(task: Pick<Task, "artifacts">): string {
  return (task.artifacts ?? []).flatMap(({ parts }) => parts.map((part) => part.text ?? "")).join("");
}

export async function collect(stream: FrameStream): Promise<readonly SequencedFrame[]> {
  const frames = [];
  for await (const frame of stream) frames.push(frame);
  return frames;
}

export async function nextOf(stream: FrameStream): Promise<SequencedFrame> {
  const next = await stream[Symbol.asyncIterator]().next();
  if (next.done === true) throw new Error("the stream is over");
  return next.value;
}

/** Of the frames that have one. */
export function statesOf(frames: readonly SequencedFrame[]): readonly TaskState[] {
  return frames.flatMap(({ frame }) => {
    if ("task" in frame) return [frame.task.status.state];
    return "statusUpdate" in frame ? [frame.statusUpdate.status.state] : [];
  });
}

/** Begins a task that ends in this state, and waits for it. */
export async function endedTask(client: BindingClient, state: TaskState): Promise<Task> {
  switch (state) {
    case "TASK_STATE_COMPLETED":
      return taskOf(await client.send(saying("echo done")));
    case "TASK_STATE_FAILED":
      return taskOf(await client.send(saying("fail as asked")));
    case "TASK_STATE_REJECTED":
      return taskOf(await client.send(saying("reject as asked")));
    case "TASK_STATE_CANCELED":
      return await client.cancel(taskOf(await client.send(saying("ask something"))));
    default:
      throw new Error(`${state} is not an end`);
  }
}
