import { isPlatformError } from "@berth/protocol";
import { movedTo } from "@berth/store";
import type { AgentRecord, CanaryRecord, Store } from "@berth/store";
import { audited } from "../audit/audited.ts";
import { judgeCanary } from "./judge-canary.ts";
import type { Verdict } from "./judge-canary.ts";
import type { ReleaseTallies, RunOutcome } from "./release-tallies.ts";
import type { TrafficSwitch } from "./traffic-switch.ts";

/** How often canaries are judged by what no call tells of: their time and the score of their evals. */
const LOOK_EVERY_MS = 1_000;

export interface CanaryWatchOptions {
  readonly store: Pick<Store, "agents" | "evals" | "audit">;
  readonly tallies: ReleaseTallies;
  readonly traffic: Pick<TrafficSwitch, "route">;
  readonly now: () => Date;
  readonly log?: (line: string) => void;
}

interface Watched {
  readonly orgId: string;
  readonly agentId: string;
  readonly canary: CanaryRecord;
}

/**
 * Watches the releases that are being tried, and ends each trial: with all traffic, or with none. What it goes by is in
 * the store, so a trial goes on where it was when the platform starts again.
 */
export class CanaryWatch {
  readonly #options: CanaryWatchOptions;
  /** By agent. */
  readonly #watched = new Map<string, Watched>();
  readonly #ending = new Map<string, Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: CanaryWatchOptions) {
    this.#options = options;
  }

  /** Takes up the trials of an earlier process. */
  async start(): Promise<void> {
    for (const agent of await this.#options.store.agents.withCanary()) this.see(agent);
    this.#timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
  }

  /** An agent's traffic has changed. */
  see({ orgId, agentId, traffic: { canary } }: Pick<AgentRecord, "orgId" | "agentId" | "traffic">): void {
    if (canary === undefined) this.#watched.delete(agentId);
    else this.#watched.set(agentId, { orgId, agentId, canary });
  }

  /** A task is over, durably. Never throws. */
  async ended(outcome: RunOutcome): Promise<void> {
    const watched = this.#watched.get(outcome.agentId);
    const canary = watched?.canary.releaseId === outcome.releaseId ? watched.canary : undefined;
    try {
      await this.#options.tallies.count(outcome, canary);
      if (watched !== undefined && canary !== undefined) await this.#judge(watched);
    } catch (error) {
      this.#options.log?.(`counting a run of ${outcome.releaseId}: ${String(error)}`);
    }
  }

  /** Judges all that are watched. Never throws. */
  async look(): Promise<void> {
    for (const watched of this.#watched.values()) {
      await this.#judge(watched).catch((error: unknown) =>
        this.#options.log?.(`judging the canary ${watched.canary.releaseId}: ${String(error)}`),
      );
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.allSettled(this.#ending.values());
  }

  async #judge(watched: Watched): Promise<void> {
    const { orgId, agentId, canary } = watched;
    const { store, tallies, now } = this.#options;
    const tally = (await tallies.of(orgId, agentId)).find(({ releaseId }) => releaseId === canary.releaseId);
    const counts = tally?.canary?.startedAt === canary.startedAt ? tally.canary : { calls: 0, failed: 0, slow: 0 };
    const evalScore = canary.rules.minEvalScore === undefined ? undefined : await scoreOf(store, watched);
    const verdict = judgeCanary(canary, counts, { now: now(), evalScore });
    if (verdict === undefined || this.#ending.has(agentId)) return;
    const ending = this.#end(watched, verdict).finally(() => this.#ending.delete(agentId));
    this.#ending.set(agentId, ending);
    await ending;
  }

  async #end({ orgId, agentId, canary }: Watched, { outcome, reason }: NonNullable<Verdict>): Promise<void> {
    const { store, traffic, now, log } = this.#options;
    const found = await store.agents.findById(orgId, agentId);
    if (found?.agent.traffic.canary?.startedAt !== canary.startedAt) {
      // Somebody has ended it in the meantime.
      if (this.#watched.get(agentId)?.canary === canary) this.#watched.delete(agentId);
      return;
    }
    const { agent } = found;
    const at = now().toISOString();
    const releaseId = outcome === "promoted" ? canary.releaseId : agent.activeReleaseId;
    const moved = movedTo(agent.traffic, agent.activeReleaseId, { releaseId, ended: { outcome, reason, endedAt: at } });
    const action = outcome === "promoted" ? "canary.promote" : "canary.rollback";
    const detail = { release: canary.releaseId, reason };
    const entry = { orgId, at, actor: "system", action, resource: agent.name, outcome: "ok", detail } as const;
    try {
      await audited(store.audit, entry, async () => {
        this.see(await traffic.route(agent, { activeReleaseId: releaseId, traffic: moved }));
      });
      log?.(`canary ${canary.releaseId} of ${agent.name}: ${outcome}. ${reason}`);
    } catch (error) {
      // Moved by somebody else just now: the next look sees what they made of it.
      if (!isPlatformError(error) || error.reason !== "STORE_CONFLICT") throw error;
    }
  }
}

async function scoreOf(store: Pick<Store, "evals">, { orgId, canary }: Watched): Promise<number | undefined> {
  const [latest] = await store.evals.latest(orgId, [canary.releaseId]);
  return latest?.score === undefined ? undefined : Number(latest.score);
}
