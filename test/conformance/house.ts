import { fileURLToPath } from "node:url";
import type {
  AgentCard,
  Message,
  SendMessageConfiguration,
  SendMessageResponse,
  SequencedFrame,
  Task,
  TaskState,
} from "@berth/protocol";
import { PlatformProcess, deployFolder, temporaryFolder } from "@berth/testing";
import type { Binding, BindingClient, BindingV1, FrameStream, PushClient, Target } from "./bindings/index.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const AGENTS = ["./agents/actor", "./agents/rogue", "./tck/agent/strict"].map(here);

/** `nobody` sends no credential. */
export type Caller = "alice" | "bob" | "auditor" | "nobody";

export interface CallerOptions extends Pick<Target, "headers" | "query"> {
  /**
   * `actor` is private and does what it is told, `rogue` is public and misbehaves, `tck-strict` is public and requires an
   * extension.
   */
  readonly agent?: "actor" | "rogue" | "tck-strict";
  readonly as?: Caller;
}

/** A real platform with the agents of these tests, and callers with a key each. */
export class House {
  readonly #folder = temporaryFolder();
  readonly #keys = new Map<Caller, string>();
  #platform: PlatformProcess | undefined;
  #grpcAddress = "";

  async open(): Promise<void> {
    const platform = await PlatformProcess.start({ home: `${this.#folder.path}/home` });
    this.#platform = platform;
    await Promise.all(AGENTS.map((folder) => deployFolder(platform, folder)));
    this.#grpcAddress = await grpcAddressOf(platform);
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
      grpc: { address: this.#grpcAddress, agent },
      ...(token === undefined ? {} : { token }),
      ...(headers === undefined ? {} : { headers }),
      ...(query === undefined ? {} : { query }),
    };
  }

  pushClient(binding: BindingV1, options: CallerOptions = {}): PushClient {
    return binding.openPush(this.target(options));
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

/** As the card of a public agent has it. */
async function grpcAddressOf(platform: PlatformProcess): Promise<string> {
  const headers = { "a2a-version": "1.0" };
  const response = await platform.fetch("/agents/rogue/.well-known/agent-card.json", { headers });
  const { supportedInterfaces } = (await response.json()) as AgentCard;
  return supportedInterfaces.find(({ protocolBinding }) => protocolBinding === "GRPC")?.url ?? "";
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
