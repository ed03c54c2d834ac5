import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {
  EgressDecision,
  Instance,
  InstanceExit,
  InstanceObserver,
  ReleaseSpec,
  SandboxCapabilities,
  SandboxDriver,
} from "../src/sandbox-driver.ts";

interface Running {
  readonly server: Server;
  readonly observer: InstanceObserver | undefined;
  readonly exit: (exit: Partial<InstanceExit>) => void;
}

const NONE = { level: "none", detail: "a fake" } as const;

/** Instances are HTTP servers of this process, each on a unix socket of its own. */
export class FakeSandboxDriver implements SandboxDriver {
  readonly name: string;
  readonly starts: string[] = [];
  readonly calls: string[] = [];
  readonly #handler: RequestListener;
  readonly #isolates: boolean;
  readonly #running = new Map<string, Running>();
  #folder: string | undefined;

  constructor(
    handler: RequestListener,
    { name = "fake", isolates = true }: { readonly name?: string; readonly isolates?: boolean } = {},
  ) {
    this.#handler = handler;
    this.name = name;
    this.#isolates = isolates;
  }

  async probe(): Promise<SandboxCapabilities> {
    this.calls.push("probe");
    const levels = { filesystem: NONE, network: NONE, syscalls: NONE, memory: NONE, cpu: NONE, processes: NONE };
    const why = this.#isolates ? {} : { reason: "it is a fake", fix: "Use a real one." };
    return { driver: this.name, isolates: this.#isolates, ...why, ...levels };
  }

  async sweep(): Promise<void> {
    this.calls.push("sweep");
  }

  async start(
    spec: ReleaseSpec,
    { instanceId, observer }: { readonly instanceId: string; readonly observer?: InstanceObserver },
  ): Promise<Instance> {
    this.calls.push("start");
    this.starts.push(instanceId);
    this.#folder ??= await mkdtemp(join(tmpdir(), "berth-fake-"));
    const socketPath = join(this.#folder, `${instanceId}.sock`);
    const server = createServer(this.#handler);
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    const exited = Promise.withResolvers<InstanceExit>();
    const exit = (how: Partial<InstanceExit>): void => {
      server.close();
      server.closeAllConnections();
      this.#running.delete(instanceId);
      exited.resolve({ reason: "AGENT_CRASHED", exitCode: 1, signal: null, lastOutput: "", ...how });
    };
    this.#running.set(instanceId, { server, observer, exit });
    return {
      instanceId,
      releaseId: spec.releaseId,
      startedAt: Date.now(),
      socketPath,
      exited: exited.promise,
      stop: async () => exit({ reason: "STOPPED", exitCode: 0 }),
      freeze: async () => {},
      thaw: async () => {},
      stats: async () => ({ rssBytes: 0, cpuMs: 0, processes: 1 }),
    };
  }

  async close(): Promise<void> {
    this.calls.push("close");
    for (const { exit } of this.#running.values()) exit({ reason: "STOPPED" });
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }

  exit(instanceId: string, exit: Partial<InstanceExit> = {}): void {
    this.#running.get(instanceId)?.exit(exit);
  }

  egress(instanceId: string, decision: EgressDecision): void {
    this.#running.get(instanceId)?.observer?.onEgress?.(decision);
  }

  print(instanceId: string, line: string): void {
    this.#running.get(instanceId)?.observer?.onOutput?.(line, "stdout");
  }

  connections(instanceId: string): Promise<number> {
    const server = this.#running.get(instanceId)?.server;
    return new Promise((resolve) => {
      if (server === undefined) resolve(0);
      else server.getConnections((_error, count) => resolve(count));
    });
  }
}
