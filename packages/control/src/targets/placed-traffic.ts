import { PlatformError, isPlatformError } from "@berth/protocol";
import type { AgentRecord, AgentWithRelease, PlacementRecord, Store } from "@berth/store";
import type { Targets } from "./targets.ts";

export interface PlacedTrafficOptions {
  readonly store: Pick<Store, "agents" | "targets">;
  /** Known at the first call. */
  readonly targets: () => Pick<Targets, "rollback" | "retire" | "destroy">;
  readonly log?: (line: string) => void;
}

/** Of releases that have no traffic, so many stay where they are: to go back to, at once. */
const KEPT = 3;
const MAX_PLACEMENTS = 100;
/** A release whose copies were taken away has to come up. */
const TIMEOUT_MS = 10 * 60_000;
/** Somebody waits for it. */
const REMOVE_TIMEOUT_MS = 120_000;

/**
 * What happens on targets when traffic has moved here. Calls through this platform go to a release at its own address, so
 * none of it is waited for: the agent's own name there, which others may call, follows to its active release, and releases
 * that nobody goes back to are removed.
 */
export class PlacedTraffic {
  readonly #options: PlacedTrafficOptions;
  readonly #controller = new AbortController();
  /** One agent at a time: what is kept is read when it is about to happen, so that the last change wins. */
  #working: Promise<void> = Promise.resolve();

  constructor(options: PlacedTrafficOptions) {
    this.#options = options;
  }

  /** @throws TARGET_FAILED for a release that is not on its target any more */
  async assertPlaced({ agent, release: { orgId, releaseId, target } }: AgentWithRelease): Promise<void> {
    if (target === undefined) return;
    if ((await this.#options.store.targets.placement(orgId, releaseId)) !== undefined) return;
    throw new PlatformError("TARGET_FAILED", `The release ${releaseId} was removed from the target "${target}".`, {
      hint: `Deploy it again: \`a2a deploy --name ${agent.name} --target ${target}\`.`,
    });
  }

  /** `hasMoved`: by hand, so that the name may lead anywhere; else it leads to the newest release. */
  follow(agent: Pick<AgentRecord, "orgId" | "agentId">, { hasMoved }: { readonly hasMoved: boolean }): void {
    this.#working = this.#working.then(async () => {
      if (this.#controller.signal.aborted) return;
      await this.#follow(agent, hasMoved).catch((error: unknown) => this.#log(agent, String(error)));
    });
  }

  /**
   * Before an agent is removed: so that what it leaves on a target is never nobody's. `abandon`: only forgets it.
   * @throws TARGET_FAILED
   */
  async leave({ orgId, agentId, name }: AgentRecord, { abandon }: { readonly abandon: boolean }): Promise<void> {
    const { store, targets } = this.#options;
    const placements = await store.targets.placements(orgId, { agentId, limit: MAX_PLACEMENTS });
    if (placements.length === 0) return;
    if (abandon) {
      for (const { releaseId } of placements) await store.targets.removePlacement(orgId, releaseId);
      return;
    }
    await this.#working;
    try {
      const log = (line: string): void => this.#log({ agentId }, line);
      await targets().destroy(orgId, agentId, AbortSignal.timeout(REMOVE_TIMEOUT_MS), log);
    } catch (error) {
      const said = isPlatformError(error) ? error.message : "it did not end within two minutes.";
      throw new PlatformError("TARGET_FAILED", `"${name}" was not removed from its target: ${said}`, {
        cause: error,
        hint: `Remove it again, or leave there what is there: \`a2a agents remove ${name} --abandon\`.`,
      });
    }
  }

  /** What is under way is broken off; the next move of traffic does it again. */
  async close(): Promise<void> {
    this.#controller.abort(new PlatformError("SHUTTING_DOWN", "The platform is stopping."));
    await this.#working;
  }

  async #follow({ orgId, agentId }: Pick<AgentRecord, "orgId" | "agentId">, hasMoved: boolean): Promise<void> {
    const { store, targets } = this.#options;
    const placements = await store.targets.placements(orgId, { agentId, limit: MAX_PLACEMENTS });
    const found = placements.length === 0 ? undefined : await store.agents.findById(orgId, agentId);
    if (found === undefined) return;
    const { agent } = found;
    const options = {
      log: (line: string): void => this.#log(agent, line),
      signal: AbortSignal.any([this.#controller.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    };
    const active = placements.find(({ releaseId }) => releaseId === agent.activeReleaseId);
    const newest = placements.find(({ target }) => target === active?.target);
    if (active !== undefined && (hasMoved || newest !== active)) {
      const { releaseId } = active;
      await targets().rollback({ orgId, releaseId }, options);
    }
    for (const { releaseId } of spare(agent, placements).toReversed()) {
      await targets().retire({ orgId, releaseId }, options);
    }
  }

  #log({ agentId }: Pick<AgentRecord, "agentId">, line: string): void {
    this.#options.log?.(`targets of ${agentId}: ${line}`);
  }
}

/** Newest first, without those that have traffic or are next to have it. */
function spare(
  { activeReleaseId, traffic }: Pick<AgentRecord, "activeReleaseId" | "traffic">,
  placements: readonly PlacementRecord[],
): readonly PlacementRecord[] {
  const served = new Set([activeReleaseId, ...traffic.shares.map(({ releaseId }) => releaseId)]);
  return placements.slice(KEPT).filter(({ releaseId }) => !served.has(releaseId));
}
