import type { Store, TaskKey, TaskProof } from "@berth/store";
import { differencesOf } from "./match-task.ts";

export interface WatchReport {
  /** RFC 3339, of the last round; absent before the first. */
  readonly checkedAt?: string;
  /** Tasks looked at since the platform started, each time one was. */
  readonly checked: number;
  /** Found and not put right since; one line each. */
  readonly differences: readonly string[];
}

export interface LedgerWatchOptions {
  readonly store: Pick<Store, "journals">;
  readonly now: () => Date;
  readonly log?: (line: string) => void;
}

const ROUND_MS = 60_000;
const PAGE = 500;
/** Of each kind, in one round: runs that just ended, and runs in the order of their ids, over and over. */
const MAX_PER_ROUND = 5_000;
const MAX_DIFFERENCES = 100;

/**
 * Compares tasks, receipts and journals all the time: every minute those that ended since, and as many of all the
 * others, from where the last round stopped. Life: made → `start` → `ended` for every run → `close`.
 */
export class LedgerWatch {
  readonly #options: LedgerWatchOptions;
  #ended: TaskKey[] = [];
  #after: TaskKey | undefined;
  #differences = new Map<string, readonly string[]>();
  #checked = 0;
  #checkedAt: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(options: LedgerWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.round(), ROUND_MS).unref();
  }

  /** Cheap. What does not fit is reached by the slow turn through everything. */
  ended({ orgId, taskId }: TaskKey): void {
    if (this.#ended.length < MAX_PER_ROUND) this.#ended.push({ orgId, taskId });
  }

  /** Of one organization. */
  report(orgId: string): WatchReport {
    const own = [...this.#differences].filter(([key]) => key.startsWith(`${orgId}/`));
    return {
      ...(this.#checkedAt === undefined ? {} : { checkedAt: this.#checkedAt }),
      checked: this.#checked,
      differences: own.flatMap(([, lines]) => lines).slice(0, MAX_DIFFERENCES),
    };
  }

  /** One round; a second call while one runs is that one. Never throws. */
  async round(): Promise<void> {
    this.#running ??= this.#check().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  /** Twice is harmless. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  async #check(): Promise<void> {
    const { store, now, log } = this.#options;
    const fresh = this.#ended;
    this.#ended = [];
    try {
      for (let from = 0; from < fresh.length; from += PAGE) {
        this.#note(await store.journals.proofs({ tasks: fresh.slice(from, from + PAGE) }));
      }
      for (let seen = 0; seen < MAX_PER_ROUND; seen += PAGE) {
        const after = this.#after === undefined ? {} : { after: this.#after };
        const page = await store.journals.proofs({ ...after, limit: PAGE });
        this.#note(page);
        this.#after = page.length < PAGE ? undefined : page.at(-1);
        if (this.#after === undefined) break;
      }
      this.#checkedAt = now().toISOString();
    } catch (error) {
      log?.(
        `tasks, receipts and journals were not compared: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  #note(proofs: readonly TaskProof[]): void {
    this.#checked += proofs.length;
    for (const proof of proofs) {
      const key = `${proof.orgId}/${proof.taskId}`;
      const found = differencesOf(proof);
      const known = this.#differences.get(key);
      if (found.length === 0) {
        this.#differences.delete(key);
      } else if (known !== undefined || this.#differences.size < MAX_DIFFERENCES) {
        this.#differences.set(key, found);
        if (known === undefined) for (const line of found) this.#options.log?.(`ledger: ${line}`);
      }
    }
  }
}
