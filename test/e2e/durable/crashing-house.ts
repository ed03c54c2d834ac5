import { randomBytes } from "node:crypto";
import { DEFAULT_ORG_ID, createIdGenerator } from "@berth/protocol";
import type { AgentConfig, Principal, TaskEvent } from "@berth/protocol";
import type { AgentConnector, AgentServices } from "@berth/runtime";
import { InMemoryBlobStore, createInMemoryStore } from "@berth/store/memory";
import type { Store } from "@berth/store";
import { scriptedConfig, temporaryFolder } from "@berth/testing";
import type { Approvals } from "../../../packages/control/src/approvals/approvals.ts";
import { loadSigningKeys } from "../../../packages/control/src/cards/signing-keys.ts";
import type { SigningKeys } from "../../../packages/control/src/cards/signing-keys.ts";
import { toReleaseSpec } from "../../../packages/control/src/deploys/release-spec.ts";
import { createGrants } from "../../../packages/control/src/grants/create-grants.ts";
import { loadGrantKeys } from "../../../packages/control/src/grants/grant-keys.ts";
import type { GrantKeys } from "../../../packages/control/src/grants/grant-keys.ts";
import { createLimits } from "../../../packages/control/src/limits/create-limits.ts";
import type { RunningLimits } from "../../../packages/control/src/limits/create-limits.ts";
import { createRegistry } from "../../../packages/control/src/registry/create-registry.ts";
import { openAgentServices } from "../../../packages/control/src/services/open-agent-services.ts";
import { createTaskEngine } from "../../../packages/control/src/tasks/create-task-engine.ts";
import type { RunningTaskEngine } from "../../../packages/control/src/tasks/create-task-engine.ts";
import { StoredFiles } from "../../../packages/control/src/workspaces/stored-files.ts";
import { DEFAULT_WORKSPACE_LIMITS } from "../../../packages/control/src/workspaces/workspace-limits.ts";
import type { AgentOptions } from "../../../packages/sdk/src/define-agent.ts";
import { nobodyAsks, runInstance, serviceOf } from "./crashing-agent.ts";
import type { Crashes } from "./crashing-agent.ts";

/** Ahead of every real clock: agents in this process read the real one, and what is to come must not have come there. */
const START = Date.parse("2126-11-29T10:00:00.000Z");

interface Keys {
  readonly grants: GrantKeys;
  readonly signing: SigningKeys;
}

/** What one process of the platform has in memory. */
interface Platform {
  readonly engine: RunningTaskEngine;
  readonly approvals: Approvals;
  readonly limits: RunningLimits;
  readonly recover: () => Promise<void>;
}

/**
 * The real engine and services, the real server of an agent, and a store between which processes can end at any moment.
 * Time is the test's.
 */
export class CrashingHouse {
  readonly store: Store = createInMemoryStore();
  readonly #keys: Keys;
  readonly #crashes: Crashes;
  readonly #agents = new Map<string, AgentOptions>();
  readonly #ids: ReturnType<typeof createIdGenerator>;
  #time: number = START;
  #timers: { readonly at: number; readonly call: () => void }[] = [];
  #power = { on: true };
  #platform: Platform;
  /** Ids of the releases of those that were started, in their order. */
  readonly instances: string[] = [];

  private constructor(keys: Keys, crashes: Crashes) {
    this.#keys = keys;
    this.#crashes = crashes;
    this.#ids = createIdGenerator({ now: () => this.#time, randomBytes });
    this.#platform = this.#open();
  }

  /** With the agent `scripted`. */
  static async open(agent: AgentOptions, crashes: Crashes = () => false): Promise<CrashingHouse> {
    using folder = temporaryFolder("berth-durable");
    const grants = await loadGrantKeys(folder.path, () => new Date(START));
    const house = new CrashingHouse({ grants, signing: await loadSigningKeys(folder.path) }, crashes);
    await house.publish("scripted", agent);
    return house;
  }

  get engine(): RunningTaskEngine {
    return this.#platform.engine;
  }

  get approvals(): Approvals {
    return this.#platform.approvals;
  }

  get limits(): RunningLimits {
    return this.#platform.limits;
  }

  now(): Date {
    return new Date(this.#time);
  }

  pass(ms: number): void {
    this.#time += ms;
  }

  /** A release that takes all traffic: of a new agent, or the next one of an agent that is there. */
  async publish(name: string, agent: AgentOptions, config: Partial<AgentConfig> = {}): Promise<string> {
    const agentId = `agt_${name}`;
    const releaseId = `rel_${name}_${this.#agents.size + 1}`;
    this.#agents.set(releaseId, agent);
    const timeouts = { startSeconds: 5, taskSeconds: 60 };
    const workspace = { read: ["data/**"], write: true };
    await this.store.agents.publish(
      { orgId: DEFAULT_ORG_ID, agentId, name, kind: "deployed", activeReleaseId: releaseId },
      {
        orgId: DEFAULT_ORG_ID,
        releaseId,
        agentId,
        digest: `sha256:${"0".repeat(64)}`,
        config: scriptedConfig({ timeouts, workspace, ...config }),
        card: serviceOf({ agent, newId: this.#ids, now: () => this.#time }).card(),
        skillSchemas: [],
        entry: "agent.mjs",
        trusted: false,
        createdAt: this.now().toISOString(),
      },
    );
    return releaseId;
  }

  /** The platform is gone, with everything that it had in memory. */
  kill(): void {
    this.#power.on = false;
    this.#timers = [];
  }

  /** After `kill`, or as that: another platform begins on the store. */
  async restart(): Promise<void> {
    this.kill();
    this.#power = { on: true };
    this.#platform = this.#open();
    await this.#platform.recover();
  }

  /** To the next moment that a run waits for, over all the looks at the clock that lie before it. */
  async advance(): Promise<void> {
    const [run] = await this.store.runs.due("9999-12-31T00:00:00.000Z", 1);
    const next = this.#timers.toSorted((a, b) => a.at - b.at)[0];
    if (next === undefined || run?.wakeAt === undefined) return;
    this.#timers = this.#timers.filter((timer) => timer !== next);
    this.#time = Math.max(this.#time, Date.parse(run.wakeAt));
    next.call();
  }

  async events(taskId: string): Promise<readonly TaskEvent[]> {
    return await this.store.tasks.events({ orgId: DEFAULT_ORG_ID, taskId });
  }

  #open(): Platform {
    const power = this.#power;
    const store = withPower(this.store, power);
    const now = (): Date => this.now();
    const shared = { store, now, ids: this.#ids };
    const registry = createRegistry({ store, runtime: { drain: async () => undefined }, now });
    const limits = createLimits({
      store,
      now,
      defaults: undefined,
      onExceeded: (taskId, error) => void engine.fail(taskId, error),
    });
    const served: AgentServices[] = [];
    const services = openAgentServices({
      ...shared,
      grants: createGrants({ ...shared, keys: this.#keys.grants, randomBytes }),
      files: new StoredFiles({
        store: store.workspaces,
        blobs: new InMemoryBlobStore(),
        limits: DEFAULT_WORKSPACE_LIMITS,
        now,
      }),
      memory: {} as never, // nobody here remembers anything
      identity: {
        mintPrincipalToken: async ({ principal }) => `token of ${principal.id}`,
        spiffeId: ({ orgId, agentName }) => `spiffe://localhost/org/${orgId}/agent/${agentName}`,
        workload: {} as never, // nobody here asks for a token
      },
      runtime: { serveAgents: (made) => void served.push(made) },
      tasks: () => engine,
      charge: async (run, used) => await limits.meter.charge(run, used),
      outbound: { assertUrl: async () => nobodyAsks(), request: async () => nobodyAsks() },
      signingKeys: this.#keys.signing,
    });
    const engine: RunningTaskEngine = createTaskEngine({
      ...shared,
      registry,
      specOf: (agent) => toReleaseSpec(agent, "/nowhere", () => "/nowhere"),
      issueCredentials: services.issueCredentials,
      adopt: services.adopt,
      calls: limits.calls,
      onUsed: (taskId, more) => void limits.meter.charge({ taskId }, more),
      onTerminal: (task) => {
        limits.meter.end(task.taskId);
        services.endRun(task);
      },
      connector: this.#connector(power, () => served),
      schedule: (ms, call) => {
        const timer = { at: this.#time + ms, call };
        if (power.on) this.#timers.push(timer);
        return () => (this.#timers = this.#timers.filter((each) => each !== timer));
      },
    });
    services.serve();
    const recover = async (): Promise<void> => {
      await engine.recover();
      await services.recover();
      await engine.resumeRuns();
    };
    return { engine, approvals: services.approvals, limits, recover };
  }

  #connector(power: { readonly on: boolean }, served: () => readonly AgentServices[]): AgentConnector {
    const begin = (releaseId: string): AgentOptions => {
      this.instances.push(releaseId);
      return this.#agents.get(releaseId) ?? nobodyAsks();
    };
    const shared = { power, crashes: this.#crashes, newId: this.#ids, now: () => this.#time };
    return {
      async *send(spec, turn, signal) {
        const [services = nobodyAsks()] = served();
        yield* runInstance({ ...shared, agent: begin(spec.releaseId), spec, services }, turn, signal);
      },
      async *resume() {},
      steer: async () => undefined,
      cancel: async () => undefined,
      readCard: async () => nobodyAsks(),
    };
  }
}

export const alice: Principal = { kind: "user", id: "usr_alice", orgId: DEFAULT_ORG_ID, scopes: ["invoke", "read"] };
export const bob: Principal = { kind: "user", id: "usr_bob", orgId: DEFAULT_ORG_ID, scopes: ["approve", "read"] };

/** A store that cannot be reached any more once the process that used it is gone. */
function withPower(store: Store, power: { readonly on: boolean }): Store {
  const guarded = (part: object): object =>
    new Proxy(part, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== "function") return member;
        return (...args: readonly unknown[]) =>
          power.on ? Reflect.apply(member, target, args) : new Promise(() => undefined);
      },
    });
  const parts = Object.entries(store).map(([name, part]) => [
    name,
    typeof part === "object" && part !== null ? guarded(part) : part,
  ]);
  return Object.fromEntries(parts) as Store; // member for member
}
