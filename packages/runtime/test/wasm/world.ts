import { randomUUID } from "node:crypto";
import type { RequestListener } from "node:http";
import type { Task } from "@berth/protocol";
import type { EgressNetwork } from "../../src/egress/egress-network.ts";
import { createProcessDriver } from "../../src/process/process-driver.ts";
import { askAgent, startAgent } from "../../src/sandbox-driver.contract.ts";
import type { StartOverrides } from "../../src/sandbox-driver.contract.ts";
import type { Instance, SandboxDriver } from "../../src/sandbox-driver.ts";
import { createUnconfinedDriver } from "../../src/unconfined/unconfined-driver.ts";
import { createWasmDriver } from "../../src/wasm/wasm-driver.ts";
import { openHarness } from "../sandbox/harness.ts";

/** A WebAssembly driver in this process, so that its agents can have services. */
export interface WasmWorld extends AsyncDisposable {
  readonly driver: SandboxDriver;
  readonly home: string;
  /** Each with a release of its own unless `releaseId` says otherwise. */
  start(name: string, module: Uint8Array, overrides?: StartOverrides): Promise<Instance>;
  leftovers(): Promise<readonly string[]>;
}

export async function openWasmWorld(
  options: { readonly network?: EgressNetwork; readonly jailed?: boolean } = {},
): Promise<WasmWorld> {
  const harness = await openHarness("process");
  const { home } = harness;
  const bare = createUnconfinedDriver({ home });
  const jails = options.jailed === false ? bare : createProcessDriver({ home });
  const network = options.network === undefined ? {} : { network: options.network };
  const driver = createWasmDriver({ home, jails, bare, ...network });
  await driver.probe();
  return {
    driver,
    home,
    start: async (name, module, overrides = {}) =>
      await startAgent({ ...harness, driver, release: harness.release }, module, {
        entry: "agent.wasm",
        instanceId: name,
        releaseId: `release-${name}`,
        agentId: `agent-${name}`,
        ...overrides,
      }),
    leftovers: async () => await harness.leftovers(),
    async [Symbol.asyncDispose]() {
      for (const each of [driver, jails, bare]) await each.close();
      await harness[Symbol.asyncDispose]();
    },
  };
}

export interface Sent {
  readonly text?: string;
  readonly taskId?: string;
  readonly grant?: string;
  /** The run's prefix for what it writes. */
  readonly write?: string;
}

/** One turn, with what A2A's `message:send` answers. */
export async function send(instance: Instance, { text = "go", taskId, grant, write = "" }: Sent = {}): Promise<Task> {
  const metadata =
    grant === undefined ? {} : { "https://berth.dev/extensions/run/v1": { runId: "run_1", grant, write } };
  const message = {
    messageId: randomUUID(),
    role: "ROLE_USER",
    parts: [{ text }],
    metadata,
    ...(taskId === undefined ? {} : { taskId }),
  };
  const answer = JSON.parse(await askAgent(instance, "/message:send", JSON.stringify({ message }))) as { task: Task };
  return answer.task;
}

export function saidBy(task: Task): string {
  return task.status.message?.parts[0]?.text ?? "";
}

/** Answers GET `/wait/…` only when `open` is called; everything else at once with what it was asked. */
export function gate(): {
  readonly listener: RequestListener;
  readonly waiting: () => number;
  open(): void;
  asked: string[];
} {
  const held: (() => void)[] = [];
  const asked: string[] = [];
  return {
    asked,
    waiting: () => held.length,
    open: () => {
      for (const release of held.splice(0)) release();
    },
    listener: (request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? "no grant"}`);
      const answer = (): void => {
        response.writeHead(200, { "content-type": "application/json" });
        response.end('{"fine":true}');
      };
      if (request.url?.startsWith("/wait") === true) held.push(answer);
      else answer();
    },
  };
}
