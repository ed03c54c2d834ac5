import { parseStrictJson } from "@berth/ledger";
import { PlatformError, invalidParams } from "@berth/protocol";
import type { AuditFilter, Store } from "@berth/store";
import { authorize } from "../auth/authorize.ts";
import type { AuditLog } from "./audit-log.ts";

export interface AuditLogOptions {
  readonly store: Pick<Store, "audit" | "receipts">;
  readonly ledger: { readonly proofOf: (leafIndex: number) => Promise<string>; readonly keys: () => string };
  readonly now: () => Date;
  readonly log?: ((line: string) => void) | undefined;
}

const MAX_DENIALS_PER_MINUTE = 60;
const MINUTE_MS = 60_000;

export function createAuditLog({ store, ledger, now, log }: AuditLogOptions): AuditLog {
  // One counter for all: a stranger with many names must not fill the log either.
  let minute = 0;
  let denials = 0;
  return {
    async query(principal, filter, page) {
      authorize(principal, "audit.read");
      return await store.audit.query(principal.orgId, withTimes(filter), page);
    },
    async proof(principal, auditId) {
      authorize(principal, "audit.read");
      const found = await store.audit.find(principal.orgId, auditId);
      if (found === undefined) {
        throw new PlatformError("AUDIT_ENTRY_NOT_FOUND", "There is no audit entry with this id.");
      }
      const { leafIndex, ...entry } = found;
      if (leafIndex === undefined) throw new PlatformError("RECEIPT_PENDING", "The entry is being sealed; ask again.");
      const [leaf] = await store.receipts.ledgerEntries(leafIndex, leafIndex + 1);
      if (leaf === undefined) throw new Error(`the log has no entry ${leafIndex}`);
      const proof = await ledger.proofOf(leafIndex);
      return { type: "https://berth.dev/audit-proof/v1", entry, leaf: leaf.data, proof, vkey: vkeyOf(ledger.keys()) };
    },
    noteDenied({ orgId, id: actor }, { action, resource }) {
      const at = now();
      const thisMinute = Math.floor(at.getTime() / MINUTE_MS);
      if (thisMinute !== minute) [minute, denials] = [thisMinute, 0];
      denials += 1;
      if (denials > MAX_DENIALS_PER_MINUTE) return;
      store.audit
        .append({ orgId, at: at.toISOString(), actor, action, resource, outcome: "denied" })
        .catch((error: unknown) => log?.(`a denial was not written down: ${String(error)}`));
    },
  };
}

function withTimes(filter: AuditFilter): AuditFilter {
  const { from, to } = filter;
  return {
    ...filter,
    ...(from === undefined ? {} : { from: instant("from", from) }),
    ...(to === undefined ? {} : { to: instant("to", to) }),
  };
}

function instant(field: string, text: string): string {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw invalidParams([{ field, description: "must be an RFC 3339 timestamp" }]);
  return new Date(time).toISOString();
}

function vkeyOf(publishedKeys: string): string {
  // `keys` makes this document.
  return (parseStrictJson(publishedKeys) as { readonly log: { readonly vkey: string } }).log.vkey;
}
