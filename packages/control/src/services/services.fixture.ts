import { randomBytes } from "node:crypto";
import { DEFAULT_ORG_ID, TaskState, createIdGenerator, isPlatformError, isTerminal } from "@berth/protocol";
import type { Principal, Scope, StreamResponse, TaskEventBody, TaskView } from "@berth/protocol";
import type { AgentServices, OutboundHttp, ServicesCall, ServicesPeer } from "@berth/runtime";
import type { Store } from "@berth/store";
import { InMemoryBlobStore, createInMemoryStore } from "@berth/store/memory";
import { ScriptedConnector, scriptedCard, scriptedConfig, temporaryFolder, waitFor } from "@berth/testing";
import type { ScriptedAgent } from "@berth/testing";
import type { Approvals } from "../approvals/approvals.ts";
import { loadSigningKeys } from "../cards/signing-keys.ts";
import type { SigningKeys } from "../cards/signing-keys.ts";
import { toReleaseSpec } from "../deploys/release-spec.ts";
import { createGrants } from "../grants/create-grants.ts";
import { loadGrantKeys } from "../grants/grant-keys.ts";
import type { Grants } from "../grants/grants.ts";
import { createRegistry } from "../registry/create-registry.ts";
import { createTaskEngine } from "../tasks/create-task-engine.ts";
import type { RunningTaskEngine } from "../tasks/create-task-engine.ts";
import { createEmbedders } from "../memory/embedders/create-embedders.ts";
import { SpaceMemory } from "../memory/space-memory.ts";
import { StoredFiles } from "../workspaces/stored-files.ts";
import { DEFAULT_WORKSPACE_LIMITS } from "../workspaces/workspace-limits.ts";
import { openAgentServices } from "./open-agent-services.ts";
import type { RunningAgentServices } from "./open-agent-services.ts";

export const ORG: string = DEFAULT_ORG_ID;
export const alice: Principal = person("usr_alice", "invoke", "approve", "read");
export const bob: Principal = person("usr_bob", "approve", "read");
export const admin: Principal = person("usr_admin", "admin");

export function person(id: string, ...scopes: readonly Scope[]): Principal {
  return { kind: id.startsWith("key_") ? "api_key" : "user", id, orgId: ORG, scopes };
}

/** A run under way, and its agent's side of it. */
export interface AgentRun {
  readonly taskId: string;
  readonly peer: ServicesPeer;
  readonly outputs: string;
  /** As the agent shows it; default: the grant it began with. */
  call(grant?: string, signal?: AbortSignal): ServicesCall;
  say(frame: (agent: ScriptedAgent) => StreamResponse): void;
  /** COMPLETED, and everything that comes of it. */
  finish(): Promise<void>;
  view(): Promise<TaskView>;
  /** The bodies of its log of these kinds. */
  log<K extends TaskEventBody["kind"]>(...kinds: readonly K[]): Promise<readonly Extract<TaskEventBody, { kind: K }>[]>;
}

export interface ServicesHouse extends AsyncDisposable {
  readonly store: Store;
  readonly services: AgentServices;
  readonly approvals: Approvals;
  readonly running: RunningAgentServices;
  readonly grants: Grants;
  readonly engine: RunningTaskEngine;
  readonly connector: ScriptedConnector;
  readonly keys: SigningKeys;
  readonly lines: string[];
  /** Moves time. */
  pass(ms: number): void;
  put(path: string, text?: string): Promise<void>;
  start(options?: { readonly agent?: "alpha" | "beta" | "mute"; readonly by?: Principal }): Promise<AgentRun>;
  /** The run of a task that another run started. */
  adopt(taskId: string): Promise<AgentRun>;
}

export interface HouseOptions {
  readonly store?: Store;
  readonly taskSeconds?: number;
  readonly outbound?: Pick<OutboundHttp, "assertUrl" | "request">;
}

const AGENTS = ["alpha", "beta", "mute"] as const;

/**
 * The services of agents with everything that decides in them, and agents that do as the test says. `alpha` and `beta`
 * may read `data/**`, `mute` reads that and may not write.
 */
export async function openHouse(options: HouseOptions = {}): Promise<ServicesHouse> {
  const folder = temporaryFolder("berth-services");
  const store = options.store ?? createInMemoryStore();
  let offset = 0;
  const time = (): number => Date.now() + offset;
  const now = (): Date => new Date(time());
  const ids = createIdGenerator({ now: time, randomBytes });
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line);
  await publishAgents(store, options.taskSeconds ?? 3_600);
  const grants = createGrants({ store, keys: await loadGrantKeys(folder.path, now), ids, now, randomBytes });
  const files = new StoredFiles({
    store: store.workspaces,
    blobs: new InMemoryBlobStore(),
    limits: DEFAULT_WORKSPACE_LIMITS,
    now,
  });
  const keys = await loadSigningKeys(folder.path);
  const inbox = new Inbox();
  const connector = new ScriptedConnector(async function* (turn, agent, signal) {
    yield agent.task();
    yield agent.status(TaskState.Working);
    for (;;) {
      const said = await inbox.next(turn.taskId, signal);
      if (said === undefined) return;
      const frame = said(agent);
      yield frame;
      const state = "statusUpdate" in frame ? frame.statusUpdate.status.state : TaskState.Working;
      if (isTerminal(state) || state === TaskState.InputRequired) return;
    }
  });
  const served: AgentServices[] = [];
  const running = openAgentServices({
    store,
    grants,
    files,
    memory: new SpaceMemory({ store: store.memories, embedders: createEmbedders(undefined), ids, now }),
    identity: {
      mintPrincipalToken: async ({ principal }) => `token of ${principal.id}`,
      spiffeId: ({ orgId, agentName }) => `spiffe://localhost/org/${orgId}/agent/${agentName}`,
      workload: { identityToken: async () => "jwt" } as never, // nobody here asks for anything else
    },
    runtime: { serveAgents: (services) => void served.push(services) },
    tasks: () => engine,
    outbound: options.outbound ?? {
      assertUrl: async (url) => new URL(url),
      request: async () => ({ status: 204 }) as never,
    }, // only the status is read
    signingKeys: keys,
    ids,
    now,
    log,
  });
  const engine: RunningTaskEngine = createTaskEngine({
    store,
    registry: createRegistry({ store, runtime: { drain: async () => undefined }, now }),
    connector,
    now,
    ids,
    issueCredentials: running.issueCredentials,
    specOf: (agent) => toReleaseSpec(agent, "/nowhere", () => "/nowhere"),
    onTerminal: (task) => running.endRun(task),
    log,
  });
  running.serve();
  const [services] = served;
  if (services === undefined) throw new Error("nobody serves agents");
  const by = { principal: person("usr_watch", "read", "operate"), protocol: "a2a" as const };

  const adopt = async (taskId: string): Promise<AgentRun> => {
    const turn = await waitFor("the turn", () => connector.turns.find((each) => each.taskId === taskId));
    const { record } = await engine.get(by, taskId);
    const { agentId, releaseId } = record;
    const peer = { orgId: ORG, agentId, agentName: agentId.slice(4), releaseId, instanceId: `ins_${agentId}` };
    const grant = turn.credentials?.grant ?? "";
    const outputs = turn.credentials?.write ?? "";
    const view = async (): Promise<TaskView> => (await engine.get(by, taskId)).view;
    return {
      taskId,
      peer,
      outputs,
      call: (shown = grant, signal = new AbortController().signal) => ({ peer, grant: shown, signal }),
      say: (frame) => inbox.put(taskId, frame),
      view,
      async finish() {
        inbox.put(taskId, (agent) => agent.status(TaskState.Completed));
        await waitFor("the end", async () => isTerminal((await view()).task.status.state));
      },
      async log<K extends TaskEventBody["kind"]>(...kinds: readonly K[]) {
        const events = await store.tasks.events({ orgId: ORG, taskId, after: 0, limit: 1_000 });
        const wanted: readonly string[] = kinds;
        // Filtered by kind one line above.
        return events.map(({ body }) => body).filter(({ kind }) => wanted.includes(kind)) as Extract<
          TaskEventBody,
          { kind: K }
        >[];
      },
    };
  };
  return {
    store,
    services,
    approvals: running.approvals,
    running,
    grants,
    engine,
    connector,
    keys,
    lines,
    pass: (ms) => {
      offset += ms;
    },
    async put(path, text = "x,y\n1,2\n") {
      await files.write(ORG, { id: "usr_1" }, { path, content: Buffer.from(text) });
    },
    async start({ agent = "alpha", by: principal = alice } = {}) {
      const message = { messageId: ids("message"), role: "ROLE_USER" as const, parts: [{ text: "go" }] };
      const { taskId } = await engine.accept({ principal, protocol: "a2a" }, agent, { message });
      const run = await adopt(taskId);
      await waitFor("the start", async () => (await run.view()).task.status.state === TaskState.Working);
      return run;
    },
    adopt,
    async [Symbol.asyncDispose]() {
      await engine.close(0);
      await running.close();
      folder[Symbol.dispose]();
    },
  };
}

/** "ok", or why not. */
export async function reasonOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => "ok",
    (error: unknown) => (isPlatformError(error) ? error.reason : String(error)),
  );
}

type Frame = (agent: ScriptedAgent) => StreamResponse;

/** What tests tell the agents of tasks to say. */
class Inbox {
  readonly #said = new Map<string, Frame[]>();
  #wake = Promise.withResolvers<void>();

  put(taskId: string, frame: Frame): void {
    const said = this.#said.get(taskId) ?? [];
    said.push(frame);
    this.#said.set(taskId, said);
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }

  async next(taskId: string, signal: AbortSignal): Promise<Frame | undefined> {
    const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    while (!signal.aborted) {
      const frame = this.#said.get(taskId)?.shift();
      if (frame !== undefined) return frame;
      await Promise.race([this.#wake.promise, aborted]);
    }
    return undefined;
  }
}

async function publishAgents(store: Store, taskSeconds: number): Promise<void> {
  for (const name of AGENTS) {
    if ((await store.agents.find(ORG, name)) !== undefined) continue;
    await store.agents.publish(
      { orgId: ORG, agentId: `agt_${name}`, name, kind: "deployed", activeReleaseId: `rel_${name}` },
      {
        orgId: ORG,
        releaseId: `rel_${name}`,
        agentId: `agt_${name}`,
        digest: `sha256:${"0".repeat(64)}`,
        config: scriptedConfig({
          timeouts: { startSeconds: 5, taskSeconds },
          workspace: { read: ["data/**"], write: name !== "mute" },
        }),
        card: scriptedCard(),
        skillSchemas: [],
        entry: "agent.mjs",
        trusted: false,
        createdAt: new Date().toISOString(),
      },
    );
  }
}
