import type { GrantRecord, GrantStore } from "@berth/store";

const MAX_LISTED = 1_000;

/**
 * First grants of runs that nobody has shown yet. Most runs never ask for anything, so theirs are never written; one that
 * is shown is written first. In memory: the run that holds it does not outlive this process.
 */
export class UnwrittenGrants {
  readonly #store: Pick<GrantStore, "insert">;
  readonly #grants = new Map<string, { readonly record: GrantRecord; writing?: Promise<void> }>();
  /** A run's grant; a run has one before it has shown it. */
  readonly #ofRuns = new Map<string, string>();

  constructor(store: Pick<GrantStore, "insert">) {
    this.#store = store;
  }

  add(record: GrantRecord): void {
    this.#grants.set(record.grantId, { record });
    this.#ofRuns.set(keyOf(record.orgId, record.runId), record.grantId);
  }

  /** The written ones of an organization, newest first, or of a run, oldest first, with these in their place. */
  beside(
    written: readonly GrantRecord[],
    { orgId, runId }: { readonly orgId: string; readonly runId: string | undefined },
  ): readonly GrantRecord[] {
    // One may have been written since they were read.
    const known = new Set(written.map(({ grantId }) => grantId));
    const own = [...this.#grants.values()]
      .map(({ record }) => record)
      .filter((record) => record.orgId === orgId && !known.has(record.grantId));
    if (runId !== undefined) return [...own.filter((record) => record.runId === runId), ...written];
    return [...own.toReversed(), ...written].slice(0, MAX_LISTED);
  }

  /** Durable when it resolves, if it was one of these. */
  async write(grantId: string): Promise<void> {
    const entry = this.#grants.get(grantId);
    if (entry === undefined) return;
    entry.writing ??= this.#write(entry.record).catch((error: unknown) => {
      delete entry.writing;
      throw error;
    });
    await entry.writing;
  }

  /** The run is over. False when the store may know grants of it. */
  async forget(orgId: string, runId: string): Promise<boolean> {
    const grantId = this.#ofRuns.get(keyOf(orgId, runId));
    const entry = grantId === undefined ? undefined : this.#grants.get(grantId);
    if (entry === undefined) return false;
    if (entry.writing !== undefined) {
      await entry.writing.catch(() => undefined);
      if (!this.#grants.has(entry.record.grantId)) return false;
    }
    this.#drop(entry.record);
    return true;
  }

  async #write(record: GrantRecord): Promise<void> {
    await this.#store.insert(record);
    this.#drop(record);
  }

  #drop({ orgId, runId, grantId }: GrantRecord): void {
    this.#grants.delete(grantId);
    this.#ofRuns.delete(keyOf(orgId, runId));
  }
}

function keyOf(orgId: string, runId: string): string {
  return `${orgId}/${runId}`;
}
