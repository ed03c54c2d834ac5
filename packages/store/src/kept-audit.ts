import { randomBytes } from "node:crypto";
import { createIdGenerator } from "@berth/protocol";
import type { AuditEntry, NewAuditEntry } from "./audit-store.ts";
import { toInstant } from "./instant.ts";
import { requireStorableText } from "./storable-text.ts";

const SALT_BYTES = 16;

const newId = createIdGenerator({ now: () => Date.now(), randomBytes });

/** An entry as it is kept, and the text that the ledger's leaf is the hash of. */
export interface KeptAudit {
  readonly entry: AuditEntry;
  readonly text: string;
}

/** The store, not the caller, gives id and salt: no entry is without, and none can be chosen. */
export function auditEntryAsKept(entry: NewAuditEntry): KeptAudit {
  requireStorableText({ orgId: entry.orgId });
  const salt = randomBytes(SALT_BYTES).toString("base64url");
  const text = canonical({ ...entry, at: toInstant(entry.at), auditId: newId("audit"), salt });
  // The text was made from an entry with id and salt.
  return { entry: JSON.parse(text) as AuditEntry, text };
}

/** RFC 8785 for plain data; callers send details, so what has no such form (lone surrogates) is replaced. */
function canonical(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.toWellFormed());
  if (Array.isArray(value)) return `[${value.map((item: unknown) => canonical(item ?? null)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${canonical(key)}:${canonical(member)}`).join(",")}}`;
}
