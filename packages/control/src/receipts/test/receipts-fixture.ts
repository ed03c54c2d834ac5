import { randomBytes } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { DEFAULT_AGENT_CONFIG, DEFAULT_ORG_ID, Role, TaskState, createIdGenerator } from "@berth/protocol";
import type { Principal, Reason, TaskEventBody } from "@berth/protocol";
import type { Signer } from "@berth/ledger";
import type { Store } from "@berth/store";
import { createInMemoryStore } from "@berth/store/memory";
import { createReceipts } from "../create-receipts.ts";
import type { SealingReceipts } from "../create-receipts.ts";
import { createReceiptBuilder } from "../receipt-builder.ts";
import type { ReceiptBuilder } from "../receipt-builder.ts";
import type { CosignedCheckpoint } from "../../witness/ask-witnesses.ts";
import { createKeyPair } from "../../keys/key-pair.ts";
import type { ReceiptKeys } from "../receipt-keys.ts";

export const ORIGIN = "berth.test/ledger/1";
export const CALLER: Principal = { kind: "user", id: "usr_caller", orgId: DEFAULT_ORG_ID, scopes: ["invoke"] };
export const STRANGER: Principal = { kind: "user", id: "usr_stranger", orgId: DEFAULT_ORG_ID, scopes: ["invoke"] };
export const AUDITOR: Principal = { kind: "user", id: "usr_auditor", orgId: DEFAULT_ORG_ID, scopes: ["read"] };

export function memoryKeys(): ReceiptKeys {
  const accounts = new Map<string, Signer>();
  return {
    log: createKeyPair().signer,
    controlPlane: createKeyPair().signer,
    saltKey: randomBytes(32),
    async serviceAccount(agentId) {
      const signer = accounts.get(agentId) ?? createKeyPair().signer;
      accounts.set(agentId, signer);
      return signer;
    },
  };
}

export interface RunOptions {
  readonly agentId?: string;
  readonly orgId?: string;
  readonly principalId?: string;
  /** Between acceptance and the end. */
  readonly events?: readonly TaskEventBody[];
  readonly state?: TaskState;
  readonly reason?: Reason;
  readonly skill?: string;
}

const ids: ReturnType<typeof createIdGenerator> = createIdGenerator({ now: Date.now, randomBytes });

/** Runs a task from acceptance to its end, as the task engine would write it. Returns its id. */
export async function endRun(store: Store, options: RunOptions = {}): Promise<string> {
  const { agentId = "agt_1", orgId = DEFAULT_ORG_ID, events = [], state = TaskState.Completed } = options;
  const taskId = await acceptRun(store, options);
  const at = "2026-11-29T10:00:01.250Z";
  await store.tasks.append({
    orgId,
    taskId,
    expectedSeq: 1,
    events: [
      { kind: "instance", instanceId: `ins_${agentId}`, phase: "assigned" } as const,
      ...events,
      {
        kind: "status",
        status: { state, timestamp: at },
        ...(options.reason === undefined ? {} : { reason: options.reason }),
      } as const,
    ].map((body) => ({ at, body })),
    state: { state, at },
  });
  return taskId;
}

export async function acceptRun(store: Store, options: RunOptions = {}): Promise<string> {
  const { agentId = "agt_1", orgId = DEFAULT_ORG_ID, principalId = CALLER.id, skill } = options;
  const taskId = ids("task");
  await store.tasks.create({
    taskId,
    at: "2026-11-29T10:00:00.000Z",
    accepted: {
      kind: "accepted",
      orgId,
      agentId,
      agentName: "echo",
      releaseId: "rel_1",
      contextId: "ctx_1",
      ...(skill === undefined ? {} : { skill }),
      protocol: "a2a",
      principal: { kind: "user", id: principalId },
      message: { messageId: "m1", role: Role.User, parts: [{ text: "hello" }] },
    },
  });
  return taskId;
}

export async function publishRelease(store: Store): Promise<void> {
  await store.agents.publish(
    { orgId: DEFAULT_ORG_ID, agentId: "agt_1", name: "echo", kind: "deployed", activeReleaseId: "rel_1" },
    {
      orgId: DEFAULT_ORG_ID,
      releaseId: "rel_1",
      agentId: "agt_1",
      digest: `sha256:${"ab".repeat(32)}`,
      config: DEFAULT_AGENT_CONFIG,
      card: {
        name: "echo",
        description: "Says it again.",
        supportedInterfaces: [],
        version: "1.2.3",
        capabilities: {},
        defaultInputModes: [],
        defaultOutputModes: [],
        skills: [],
      },
      skillSchemas: [],
      entry: "agent.ts",
      trusted: false,
      createdAt: "2026-11-29T09:00:00.000Z",
    },
  );
}

export interface Fixture extends AsyncDisposable {
  readonly store: Store;
  readonly keys: ReceiptKeys;
  readonly receipts: SealingReceipts;
  readonly logged: string[];
}

/** A clock that stands still: nothing here may depend on the time of day. */
export async function openFixture(
  store: Store = createInMemoryStore(),
  keys: ReceiptKeys = memoryKeys(),
  origin: string = ORIGIN,
  builder: ReceiptBuilder = createReceiptBuilder({ keys, yieldNow: () => setImmediate() }),
  cosigned: () => CosignedCheckpoint | undefined = () => undefined,
): Promise<Fixture> {
  const logged: string[] = [];
  const receipts = await createReceipts({
    store,
    keys,
    origin,
    builder,
    cosigned,
    now: () => new Date("2026-11-29T10:00:02.000Z"),
    randomBytes,
    ids,
    log: (message) => logged.push(message),
  });
  return { store, keys, receipts, logged, [Symbol.asyncDispose]: () => receipts.close() };
}
