import { boundPageSize } from "../page-token.ts";
import { keyOf } from "../task-book.ts";
import {
  NO_USAGE,
  assertQuota,
  assertRoom,
  assertVersion,
  fileAsKept,
  reservationAsKept,
  reservationGone,
  withNewest,
  withRenamed,
} from "../workspace-file.ts";
import { MAX_HISTORY, MAX_VERSIONS } from "../workspace-store.ts";
import type {
  FileVersion,
  PendingOutputs,
  PutConditions,
  Reservation,
  WorkspaceQuota,
  WorkspaceStore,
  WorkspaceUsage,
} from "../workspace-store.ts";
import type { InMemoryState } from "./in-memory-state.ts";

/** An organization's bytes: how many of its versions name them, and when that was last touched. */
interface Charge extends Reservation {
  readonly versions: number;
}

export class InMemoryWorkspaceStore implements WorkspaceStore {
  readonly #state: InMemoryState;
  /** The versions of each path, oldest first. */
  readonly #files = new Map<string, FileVersion[]>();
  readonly #usage = new Map<string, WorkspaceUsage>();
  readonly #charges = new Map<string, Charge>();
  readonly #removals = new Map<string, Promise<unknown>>();

  constructor(state: InMemoryState) {
    this.#state = state;
  }

  async reserve(bytes: Reservation, quota?: WorkspaceQuota): Promise<void> {
    const kept = reservationAsKept(bytes);
    while (this.#removals.has(kept.digest)) await this.#removals.get(kept.digest);
    this.#state.assertOpen();
    const key = keyOf(kept.orgId, kept.digest);
    const known = this.#charges.get(key);
    const usage = this.#usage.get(kept.orgId) ?? NO_USAGE;
    if (known === undefined) {
      assertRoom(usage, kept.bytes, quota);
      this.#usage.set(kept.orgId, { ...usage, released: usage.released + kept.bytes });
    }
    this.#charges.set(key, { ...kept, versions: known?.versions ?? 0 });
  }

  async put(file: Omit<FileVersion, "version">, conditions: PutConditions = {}): Promise<FileVersion> {
    this.#state.assertOpen();
    const kept = fileAsKept(file);
    const { keepVersions = MAX_VERSIONS } = conditions;
    const key = keyOf(kept.orgId, kept.path);
    const versions = this.#files.get(key) ?? [];
    const before = versions.at(-1);
    assertVersion(conditions.expectedVersion, before?.version ?? 0);
    const written: FileVersion = { ...kept, version: (before?.version ?? 0) + 1 };
    const all = [...versions, written];
    const charges = new Map<string, Charge>();
    const usage = this.#usage.get(kept.orgId) ?? NO_USAGE;
    let after = withNewest(usage, before, kept);
    const count = (digest: string | undefined, change: 1 | -1): void => {
      if (digest === undefined) return;
      const of = keyOf(kept.orgId, digest);
      const charge = charges.get(of) ?? this.#charges.get(of);
      if (charge === undefined || (change === 1 && this.#removals.has(digest))) throw reservationGone();
      const next = { ...charge, versions: charge.versions + change, at: kept.at };
      after = withRenamed(after, { bytes: charge.bytes, from: charge.versions, to: next.versions });
      charges.set(of, next);
    };
    count(kept.digest, 1);
    for (const { digest } of all.slice(0, -keepVersions)) count(digest, -1);
    assertQuota(usage, after, conditions.quota);
    for (const [of, charge] of charges) this.#charges.set(of, charge);
    this.#usage.set(kept.orgId, after);
    this.#files.set(key, all.slice(-keepVersions));
    return written;
  }

  async find(orgId: string, path: string, version?: number): Promise<FileVersion | undefined> {
    this.#state.assertOpen();
    const versions = this.#files.get(keyOf(orgId, path));
    return version === undefined ? versions?.at(-1) : versions?.find((each) => each.version === version);
  }

  async list(
    orgId: string,
    page: { readonly prefix: string; readonly after?: string; readonly limit: number },
  ): Promise<readonly FileVersion[]> {
    this.#state.assertOpen();
    const { prefix, after } = page;
    return [...this.#files.values()]
      .flatMap((versions) => versions.at(-1) ?? [])
      .filter((file) => file.orgId === orgId && file.digest !== undefined && file.path.startsWith(prefix))
      .filter((file) => after === undefined || byBytes(file.path, after) > 0)
      .sort((a, b) => byBytes(a.path, b.path))
      .slice(0, boundPageSize(page.limit));
  }

  async history(orgId: string, path: string, limit: number): Promise<readonly FileVersion[]> {
    this.#state.assertOpen();
    const versions = this.#files.get(keyOf(orgId, path)) ?? [];
    return versions.toReversed().slice(0, Math.min(Math.max(0, limit), MAX_HISTORY));
  }

  async usage(orgId: string): Promise<WorkspaceUsage> {
    this.#state.assertOpen();
    return this.#usage.get(orgId) ?? NO_USAGE;
  }

  async collectable(before: string, limit: number): Promise<readonly string[]> {
    this.#state.assertOpen();
    const found = this.#unnamed(before).toSorted((a, b) => (a.at < b.at ? -1 : 1));
    return [...new Set(found.map(({ digest }) => digest))].slice(0, boundPageSize(limit));
  }

  async collect(digest: string, before: string, remove: () => Promise<unknown>): Promise<void> {
    while (this.#removals.has(digest)) await this.#removals.get(digest);
    this.#state.assertOpen();
    const gone = this.#unnamed(before).filter((charge) => charge.digest === digest);
    const everybody = [...this.#charges.values()].filter((charge) => charge.digest === digest);
    if (gone.length === 0) return;
    if (gone.length === everybody.length) {
      const removal = remove();
      // Those who wait only want to know when it is over.
      const over = removal.catch(() => undefined).finally(() => this.#removals.delete(digest));
      this.#removals.set(digest, over);
      await removal;
    }
    for (const { orgId, bytes } of gone) {
      const usage = this.#usage.get(orgId) ?? NO_USAGE;
      this.#charges.delete(keyOf(orgId, digest));
      this.#usage.set(orgId, { ...usage, released: usage.released - bytes });
    }
  }

  #unnamed(before: string): Charge[] {
    return [...this.#charges.values()].filter(({ versions, at }) => versions === 0 && at < before);
  }

  async pendingOutputs(limit: number): Promise<readonly PendingOutputs[]> {
    this.#state.assertOpen();
    return [...this.#state.outputs.values()].slice(0, boundPageSize(limit));
  }

  async outputsSettled({ orgId, taskId }: PendingOutputs): Promise<void> {
    this.#state.assertOpen();
    this.#state.outputs.delete(keyOf(orgId, taskId));
  }
}

/** As a database with the collation "C" compares; JavaScript's own order is by UTF-16. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
