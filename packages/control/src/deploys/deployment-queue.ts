/** A deployment that has not ended, as the queue sees it. */
export interface QueuedDeployment {
  readonly deploymentId: string;
  readonly orgId: string;
  /** Undefined while nobody knows it. */
  readonly agentName: string | undefined;
  /** Its source is here: what comes now concerns the agent. */
  readonly isFetched: boolean;
  /** It is only to end: it waits for nobody. */
  readonly isCanceled: boolean;
}

export interface DeploymentQueueOptions<T extends QueuedDeployment> {
  readonly maxRunning: number;
  /** `waits`: it has to wait for its turn again. Never rejects. */
  readonly work: (deployment: T) => Promise<"ended" | "waits">;
}

/**
 * Which deployments are worked on. A few at once; of the organizations that have some waiting, the one that has the
 * fewest running is next, so that one's storm does not keep the others waiting. Fetching may be done at any time; from then
 * on deployments of one agent follow each other in the order in which they were added. One whose agent is not known
 * could be of any, so that later ones of its organization wait until it is.
 */
export class DeploymentQueue<T extends QueuedDeployment> {
  readonly #options: DeploymentQueueOptions<T>;
  readonly #all: T[] = [];
  readonly #working = new Map<T, Promise<void>>();
  /** Organizations in the order of their last turn, the longest ago first. */
  readonly #turns = new Map<string, number>();
  #turn = 0;
  #closed = false;

  constructor(options: DeploymentQueueOptions<T>) {
    this.#options = options;
  }

  /** How many of the organization have not ended. */
  count(orgId: string): number {
    return this.#all.filter((each) => each.orgId === orgId).length;
  }

  add(deployment: T): void {
    this.#all.push(deployment);
    this.#startNext();
  }

  /** False when it is worked on. It is in nobody's way any more. */
  remove(deployment: T): boolean {
    if (this.#working.has(deployment)) return false;
    this.#drop(deployment);
    this.#startNext();
    return true;
  }

  mayGoOn(deployment: T): boolean {
    return this.#blockerOf(deployment) === undefined;
  }

  /** Nothing new is begun; resolves when nothing is worked on. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#working.values());
  }

  #blockerOf(deployment: T): T | undefined {
    if (!deployment.isFetched || deployment.isCanceled) return undefined;
    const { orgId, agentName } = deployment;
    return this.#all
      .slice(0, this.#all.indexOf(deployment))
      .find(
        (earlier) =>
          earlier.orgId === orgId &&
          (earlier.agentName === agentName || earlier.agentName === undefined || agentName === undefined),
      );
  }

  #startNext(): void {
    while (!this.#closed && this.#working.size < this.#options.maxRunning) {
      const next = this.#next();
      if (next === undefined) return;
      this.#turn += 1;
      this.#turns.set(next.orgId, this.#turn);
      this.#working.set(next, this.#work(next));
    }
  }

  #next(): T | undefined {
    const ready = this.#all.filter((each) => !this.#working.has(each) && this.mayGoOn(each));
    const running = Map.groupBy(this.#working.keys(), ({ orgId }) => orgId);
    const rank = ({ orgId }: T): readonly [number, number] => [
      running.get(orgId)?.length ?? 0,
      this.#turns.get(orgId) ?? 0,
    ];
    return ready.reduce<T | undefined>((best, each) => {
      if (best === undefined) return each;
      const [count, turn] = rank(each);
      const [bestCount, bestTurn] = rank(best);
      return count < bestCount || (count === bestCount && turn < bestTurn) ? each : best;
    }, undefined);
  }

  async #work(deployment: T): Promise<void> {
    // Not before it is known as worked on.
    await Promise.resolve();
    const outcome = await this.#options.work(deployment);
    this.#working.delete(deployment);
    if (outcome === "ended") this.#drop(deployment);
    this.#startNext();
  }

  #drop(deployment: T): void {
    const index = this.#all.indexOf(deployment);
    if (index !== -1) this.#all.splice(index, 1);
    if (this.count(deployment.orgId) === 0) this.#turns.delete(deployment.orgId);
  }
}
