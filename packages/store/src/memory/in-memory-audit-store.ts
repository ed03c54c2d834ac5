import type { AuditEntry, AuditFilter, AuditRecord, AuditStore, NewAuditEntry } from "../audit-store.ts";
import { auditEntryAsKept } from "../kept-audit.ts";
import { boundPageSize, decodePageToken, encodePageToken, isIndexPart } from "../page-token.ts";
import { keyOf } from "../task-book.ts";
import type { InMemoryState } from "./in-memory-state.ts";

export class InMemoryAuditStore implements AuditStore {
  readonly #state: InMemoryState;
  readonly #entries: AuditEntry[] = [];

  constructor(state: InMemoryState) {
    this.#state = state;
  }

  async append(entry: NewAuditEntry): Promise<AuditEntry> {
    this.#state.assertOpen();
    const { entry: kept, text } = auditEntryAsKept(entry);
    this.#entries.push(kept);
    this.#state.enqueue({
      orgId: kept.orgId,
      kind: "audit",
      ref: kept.auditId,
      payload: text,
      queuedAt: kept.at,
    });
    return kept;
  }

  async find(orgId: string, auditId: string): Promise<AuditRecord | undefined> {
    this.#state.assertOpen();
    const found = this.#entries.find((entry) => entry.orgId === orgId && entry.auditId === auditId);
    return found === undefined ? undefined : this.#record(found);
  }

  async list(orgId: string, limit: number): Promise<readonly AuditRecord[]> {
    return (await this.query(orgId, {}, { size: limit })).entries;
  }

  async query(
    orgId: string,
    filter: AuditFilter,
    page: { readonly size: number; readonly token?: string },
  ): Promise<{ readonly entries: readonly AuditRecord[]; readonly nextPageToken?: string }> {
    this.#state.assertOpen();
    const [before] = page.token === undefined ? [] : decodePageToken("audit", page.token, [isIndexPart]);
    const size = boundPageSize(page.size);
    const rest = this.#entries
      .map((entry, at) => ({ entry, at }))
      .filter(({ entry, at }) => entry.orgId === orgId && (before === undefined || at < Number(before)))
      .filter(({ entry }) => matches(entry, filter))
      .toReversed();
    const entries = rest.slice(0, size).map(({ entry }) => this.#record(entry));
    const last = rest[size - 1];
    const more = rest.length > size && last !== undefined;
    return { entries, ...(more ? { nextPageToken: encodePageToken("audit", [String(last.at)]) } : {}) };
  }

  #record(entry: AuditEntry): AuditRecord {
    const leafIndex = this.#state.auditLeaves.get(keyOf(entry.orgId, entry.auditId));
    return { ...entry, ...(leafIndex === undefined ? {} : { leafIndex }) };
  }
}

function matches(entry: AuditEntry, { actor, action, resource, outcome, from, to }: AuditFilter): boolean {
  if (actor !== undefined && entry.actor !== actor) return false;
  if (resource !== undefined && entry.resource !== resource) return false;
  if (outcome !== undefined && entry.outcome !== outcome) return false;
  if (from !== undefined && entry.at < from) return false;
  if (to !== undefined && entry.at >= to) return false;
  if (action === undefined) return true;
  return action.endsWith(".") ? entry.action.startsWith(action) : entry.action === action;
}
