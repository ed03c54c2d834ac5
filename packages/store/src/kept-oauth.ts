import { PlatformError } from "@berth/protocol";
import { toInstant } from "./instant.ts";
import type { OAuthRecord } from "./oauth-store.ts";
import { requireStorableText } from "./storable-text.ts";

/** A record as every driver keeps it: checked keys, one spelling of time, no tie to the caller's objects. */
export function oauthRecordAsKept(record: OAuthRecord): OAuthRecord {
  const { kind, id, grantId, userCode, uid, expiresAt, consumedAt } = record;
  requireStorableText({ kind, id, grantId, userCode, uid });
  if (id === "") throw new PlatformError("INVALID_PARAMS", "A record of the authorization server needs an id.");
  const kept = {
    ...record,
    ...(expiresAt === undefined ? {} : { expiresAt: toInstant(expiresAt) }),
    ...(consumedAt === undefined ? {} : { consumedAt: toInstant(consumedAt) }),
  };
  // Records are plain JSON data, so what is parsed has the type of what was written.
  return JSON.parse(JSON.stringify(kept)) as OAuthRecord;
}
