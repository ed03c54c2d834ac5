import { DEFAULT_ORG_ID, createIdGenerator } from "@berth/protocol";
import type { AgentCard, AgentPriceConfig, Message, Principal } from "@berth/protocol";
import type { Store } from "@berth/store";
import { createInMemoryStore } from "@berth/store/memory";
import { ScriptedConnector, scriptedCard, scriptedConfig } from "@berth/testing";
import type { TurnScript } from "@berth/testing";
import { randomBytes } from "node:crypto";
import { createJournalOf } from "../billing/post-run.ts";
import { toReleaseSpec } from "../deploys/release-spec.ts";
import { createRegistry } from "../registry/create-registry.ts";
import type { TaskTelemetry } from "../telemetry/task-telemetry.ts";
import { createTaskEngine } from "./create-task-engine.ts";
import type { RunningTaskEngine } from "./create-task-engine.ts";
import type { TaskObserver } from "./task-observer.ts";
import type { CallContext } from "./task-engine.ts";

export const alice: Principal = { kind: "api_key", id: "key_alice", orgId: DEFAULT_ORG_ID, scopes: ["invoke"] };
export const bob: Principal = { kind: "api_key", id: "key_bob", orgId: DEFAULT_ORG_ID, scopes: ["invoke"] };
export const auditor: Principal = { kind: "api_key", id: "key_auditor", orgId: DEFAULT_ORG_ID, scopes: ["read"] };
export const by = (principal: Principal): CallContext => ({ principal, protocol: "a2a" });

export interface House {
  readonly engine: RunningTaskEngine;
  readonly store: Store;
  readonly connector: ScriptedConnector;
}

export async function house(
  script?: TurnScript,
  options: {
    store?: Store;
    taskSeconds?: number;
    card?: AgentCard;
    price?: AgentPriceConfig;
    onLate?: TaskObserver["onLate"];
    assertRoom?: () => void;
    telemetry?: TaskTelemetry;
  } = {},
): Promise<House> {
  const store = options.store ?? createInMemoryStore();
  const connector = new ScriptedConnector(script);
  const now = (): Date => new Date();
  const registry = createRegistry({ store, runtime: { drain: async () => undefined }, now });
  const { price } = options;
  const timeouts = { startSeconds: 5, taskSeconds: options.taskSeconds ?? 60 };
  const config = scriptedConfig({ timeouts, ...(price === undefined ? {} : { price }) });
  if ((await store.agents.find(DEFAULT_ORG_ID, "scripted")) === undefined) {
    await store.agents.publish(
      { orgId: DEFAULT_ORG_ID, agentId: "agt_1", name: "scripted", kind: "deployed", activeReleaseId: "rel_1" },
      {
        orgId: DEFAULT_ORG_ID,
        releaseId: "rel_1",
        agentId: "agt_1",
        digest: `sha256:${"0".repeat(64)}`,
        config,
        card: options.card ?? scriptedCard(),
        skillSchemas: [],
        entry: "agent.mjs",
        trusted: false,
        createdAt: now().toISOString(),
      },
    );
  }
  const engine = createTaskEngine({
    store,
    registry,
    connector,
    now,
    specOf: (agent) => toReleaseSpec(agent, "/nowhere", () => "/nowhere"),
    journalOf: createJournalOf(store),
    ...(options.onLate === undefined ? {} : { onLate: options.onLate }),
    ...(options.assertRoom === undefined ? {} : { assertRoom: options.assertRoom }),
    ...(options.telemetry === undefined ? {} : { telemetry: options.telemetry }),
    ids: createIdGenerator({ now: Date.now, randomBytes }),
  });
  return { engine, store, connector };
}

let messages = 0;
export function hello(change: Partial<Message> = {}): Message {
  messages += 1;
  return { messageId: `m-${messages}`, role: "ROLE_USER", parts: [{ text: "hello" }], ...change };
}
