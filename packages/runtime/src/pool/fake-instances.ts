import { PlatformError } from "@berth/protocol";
import type { Instance, InstanceBoot, InstanceExit, ReleaseScale, ReleaseSpec } from "../sandbox-driver.ts";
import type { StartOptions, StartedInstance } from "./release-starts.ts";

/** For tests: instances that are only promises, started and ended by hand. */
export class FakeInstances {
  readonly #started: FakeStart[] = [];

  /** In the order of the starts. */
  get starts(): readonly FakeStart[] {
    return this.#started;
  }

  readonly start = async (spec: ReleaseSpec, options: StartOptions): Promise<StartedInstance> => {
    const start = new FakeStart(spec, options);
    this.#started.push(start);
    return await start.done.promise;
  };

  at(index: number): FakeStart {
    const start = this.#started[index];
    if (start === undefined) throw new Error(`only ${this.#started.length} starts`);
    return start;
  }
}

export class FakeStart {
  readonly spec: ReleaseSpec;
  readonly options: StartOptions;
  readonly done: PromiseWithResolvers<StartedInstance> = Promise.withResolvers();
  readonly #exit: PromiseWithResolvers<InstanceExit> = Promise.withResolvers();
  stops = 0;
  rssBytes = 0;

  constructor(spec: ReleaseSpec, options: StartOptions) {
    this.spec = spec;
    this.options = options;
    options.signal.addEventListener("abort", () => this.done.reject(new PlatformError("CANCELED", "canceled")));
  }

  ready(boot?: InstanceBoot): void {
    const instance: Instance = {
      instanceId: this.options.instanceId,
      releaseId: this.spec.releaseId,
      startedAt: Date.UTC(2026, 0, 1),
      socketPath: "/nowhere.sock",
      ...(boot === undefined ? {} : { boot }),
      exited: this.#exit.promise,
      stop: async () => {
        this.stops += 1;
        this.exit({ reason: "STOPPED", exitCode: 0 });
      },
      freeze: async () => {},
      thaw: async () => {},
      stats: async () => ({ rssBytes: this.rssBytes, cpuMs: 0, processes: 1 }),
    };
    this.done.resolve({ instance, driver: "fake" });
  }

  fail(message: string): void {
    this.done.reject(new PlatformError("AGENT_START_FAILED", message));
  }

  exit(exit: Partial<InstanceExit> = {}): void {
    this.#exit.resolve({ reason: "AGENT_CRASHED", exitCode: 1, signal: null, lastOutput: "", ...exit });
  }
}

export function fakeSpec(
  scale: Partial<ReleaseScale> = {},
  {
    releaseId = "rel_1",
    agentId = "agt_1",
    orgId = "org_default",
  }: { readonly releaseId?: string; readonly agentId?: string; readonly orgId?: string } = {},
): ReleaseSpec {
  return {
    orgId,
    agentId,
    agentName: "echo",
    releaseId,
    folder: "/nowhere",
    entry: "agent.js",
    trusted: false,
    env: {},
    limits: { memoryMb: 512, cpu: 1, processes: 128, tmpMb: 64, startTimeoutMs: 30_000 },
    scale: { min: 0, max: 1, concurrency: 64, idleSeconds: 300, ...scale },
    egress: [],
  };
}
