import { TaskState } from "@berth/protocol";
import type { Reason } from "@berth/protocol";
import type { CanaryRecord, ReleaseTally, Store } from "@berth/store";

/** How a task of a release ended. */
export interface RunOutcome {
  readonly orgId: string;
  readonly agentId: string;
  readonly releaseId: string;
  readonly state: TaskState;
  readonly reason?: Reason | undefined;
  readonly elapsedMs: number;
}

/** Counts are kept a moment before they are saved: a kill may lose as much. */
const SAVE_AFTER_MS = 500;

/** Ends that say nothing about the agent: what the platform, the caller or a budget did. */
const NOT_THE_AGENTS: readonly Reason[] = [
  "PLATFORM_RESTARTED",
  "BUDGET_EXCEEDED",
  "SHUTTING_DOWN",
  "APPROVAL_DENIED",
  "APPROVAL_EXPIRED",
  "GRANT_EXCEEDED",
  "STORE_UNAVAILABLE",
];

/** How the tasks of each release ended: counted in memory, saved in batches, read back when a release is met again. */
export class ReleaseTallies {
  readonly #store: Pick<Store, "agents">;
  readonly #log: ((line: string) => void) | undefined;
  readonly #tallies = new Map<string, ReleaseTally>();
  readonly #loaded = new Map<string, Promise<void>>();
  readonly #changed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #saving: Promise<void> = Promise.resolve();

  constructor(store: Pick<Store, "agents">, log?: (line: string) => void) {
    this.#store = store;
    this.#log = log;
  }

  async of(orgId: string, agentId: string): Promise<readonly ReleaseTally[]> {
    await this.#load(orgId, agentId);
    return [...this.#tallies.values()].filter((tally) => tally.orgId === orgId && tally.agentId === agentId);
  }

  /** Returns the tally with it. `canary` is the one that the release is at the moment. */
  async count(outcome: RunOutcome, canary: CanaryRecord | undefined): Promise<ReleaseTally> {
    const { orgId, agentId, releaseId } = outcome;
    await this.#load(orgId, agentId);
    const key = `${orgId} ${releaseId}`;
    const known = this.#tallies.get(key) ?? { orgId, agentId, releaseId, ...NONE };
    const tally = withOutcome(known, outcome, canary);
    this.#tallies.set(key, tally);
    this.#changed.add(key);
    this.#timer ??= setTimeout(() => this.#save(), SAVE_AFTER_MS).unref();
    return tally;
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#save();
    await this.#saving;
  }

  /** Once an agent; a read that failed is tried again by the next. */
  async #load(orgId: string, agentId: string): Promise<void> {
    const loading = this.#loaded.get(agentId) ?? this.#read(orgId, agentId);
    this.#loaded.set(agentId, loading);
    try {
      await loading;
    } catch (error) {
      this.#loaded.delete(agentId);
      throw error;
    }
  }

  async #read(orgId: string, agentId: string): Promise<void> {
    for (const tally of await this.#store.agents.tallies(orgId, agentId)) {
      this.#tallies.set(`${orgId} ${tally.releaseId}`, tally);
    }
  }

  #save(): void {
    this.#timer = undefined;
    const changed = [...this.#changed].flatMap((key) => this.#tallies.get(key) ?? []);
    this.#changed.clear();
    if (changed.length === 0) return;
    this.#saving = this.#saving.then(async () => {
      await this.#store.agents
        .keepTallies(changed)
        .catch((error: unknown) => this.#log?.(`saving how releases do: ${String(error)}`));
    });
  }
}

const NONE = { completed: 0, failed: 0, other: 0, reasons: {} } as const;

function withOutcome(tally: ReleaseTally, outcome: RunOutcome, canary: CanaryRecord | undefined): ReleaseTally {
  const kind = kindOf(outcome);
  const { reason = "AGENT_ERROR" } = outcome;
  const counted = {
    ...tally,
    [kind]: tally[kind] + 1,
    ...(kind === "failed" ? { reasons: { ...tally.reasons, [reason]: (tally.reasons[reason] ?? 0) + 1 } } : {}),
  };
  if (canary === undefined || kind === "other") return counted;
  const { startedAt, rules } = canary;
  const before = tally.canary?.startedAt === startedAt ? tally.canary : { calls: 0, failed: 0, slow: 0 };
  const isSlow = rules.maxP95Ms !== undefined && outcome.elapsedMs > rules.maxP95Ms;
  return {
    ...counted,
    canary: {
      startedAt,
      calls: before.calls + 1,
      failed: before.failed + (kind === "failed" ? 1 : 0),
      slow: before.slow + (isSlow ? 1 : 0),
    },
  };
}

function kindOf({ state, reason }: RunOutcome): "completed" | "failed" | "other" {
  if (state === TaskState.Completed) return "completed";
  if (state !== TaskState.Failed) return "other";
  return reason !== undefined && NOT_THE_AGENTS.includes(reason) ? "other" : "failed";
}
