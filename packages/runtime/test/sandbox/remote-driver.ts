import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { PlatformError } from "@berth/protocol";
import type {
  Instance,
  InstanceExit,
  InstanceObserver,
  ReleaseSpec,
  SandboxCapabilities,
  SandboxDriver,
} from "../../src/sandbox-driver.ts";
import type { ProcessDriver } from "../../src/process/process-driver.ts";
import type { Ask, FromHost } from "./host-messages.ts";

const FOREIGN_FD = 20;
const HOST = fileURLToPath(new URL("driver-host.ts", import.meta.url));

/** `warm`: the process driver with jails that wait. */
export type DriverKind = "process" | "warm" | "unconfined" | "wasm" | "container";

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A driver in a process of its own: run as another user, and killed as a platform may be. */
export class RemoteDriver implements SandboxDriver {
  readonly name: string;
  readonly #host: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #observers = new Map<string, InstanceObserver>();
  readonly #exits = new Map<string, (exit: InstanceExit) => void>();
  #lastId = 0;
  isClosed = false;

  constructor(kind: DriverKind, home: string, uid: number | undefined, engineSocket = "") {
    this.name = kind;
    const foreign = openSync("/", "r");
    this.#host = fork(HOST, [kind, home, engineSocket], {
      // The host's root folder, left open as by a careless parent, where Node does not look for it.
      stdio: ["ignore", "inherit", "inherit", "ipc", ...Array<"ignore">(FOREIGN_FD - 4).fill("ignore"), foreign],
      execArgv: [],
      // What an agent must never see; the tests look for it.
      env: { HOST_SECRET: "hunter2" },
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    closeSync(foreign);
    this.#host.on("message", (message) => {
      // Only driver-host.ts is at the other end.
      this.#take(message as FromHost);
    });
    this.#host.on("exit", () => {
      for (const waiting of this.#waiting.values()) waiting.reject(new Error("the driver's process ended"));
      this.#waiting.clear();
    });
  }

  get pid(): number {
    return this.#host.pid ?? 0;
  }

  async probe(): Promise<SandboxCapabilities> {
    return (await this.#ask({ kind: "probe" })) as SandboxCapabilities;
  }

  async sweep(): Promise<void> {
    await this.#ask({ kind: "sweep" });
  }

  /** The jails that wait for an agent, and no others are being made. */
  async warmJails(): Promise<Awaited<ReturnType<ProcessDriver["warmJails"]>>> {
    return (await this.#ask({ kind: "warmJails" })) as Awaited<ReturnType<ProcessDriver["warmJails"]>>;
  }

  async start(
    spec: ReleaseSpec,
    options: { readonly instanceId: string; readonly observer?: InstanceObserver; readonly signal?: AbortSignal },
  ): Promise<Instance> {
    const { instanceId, signal } = options;
    this.#observers.set(instanceId, options.observer ?? {});
    const exited = new Promise<InstanceExit>((resolve) => this.#exits.set(instanceId, resolve));
    const abort = (): void => void this.#ask({ kind: "abort", instanceId }).catch(() => {});
    const starting = this.#ask({ kind: "start", instanceId, spec });
    if (signal?.aborted === true) abort();
    signal?.addEventListener("abort", abort);
    const started = (await starting) as Pick<Instance, "socketPath" | "startedAt" | "releaseId" | "headers" | "boot">;
    const call = (method: "stop" | "freeze" | "thaw" | "stats", graceMs?: number): Promise<unknown> =>
      this.#ask({ kind: "call", instanceId, method, ...(graceMs === undefined ? {} : { graceMs }) });
    return {
      ...started,
      instanceId,
      exited,
      stop: async (graceMs) => void (await call("stop", graceMs)),
      freeze: async () => void (await call("freeze")),
      thaw: async () => void (await call("thaw")),
      stats: async () => (await call("stats")) as Awaited<ReturnType<Instance["stats"]>>,
    };
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.#ask({ kind: "close" });
  }

  /** Ends the process without a word to the driver. */
  async kill(): Promise<void> {
    if (this.#host.exitCode !== null || this.#host.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#host.once("exit", resolve));
    this.#host.kill("SIGKILL");
    await gone;
  }

  #ask(ask: Ask): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#host.send({ ...ask, id }, (error) => {
        if (error !== null) reject(error);
      });
    });
  }

  #take(message: FromHost): void {
    if (message.kind === "output") this.#observers.get(message.instanceId)?.onOutput?.(message.line, message.stream);
    else if (message.kind === "egress") this.#observers.get(message.instanceId)?.onEgress?.(message.decision);
    else if (message.kind === "exited") this.#exits.get(message.instanceId)?.(message.exit);
    else {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.kind === "done") waiting?.resolve(message.value);
      else waiting?.reject(toError(message));
    }
  }
}

function toError(failed: Extract<FromHost, { kind: "failed" }>): Error {
  if (failed.reason === undefined) return new Error(failed.message);
  return new PlatformError(failed.reason, failed.message, failed.hint === undefined ? {} : { hint: failed.hint });
}
