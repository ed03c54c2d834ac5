import { toInstant } from "./instant.ts";
import type { SecretRecord } from "./secret-store.ts";
import { requireStorableText } from "./storable-text.ts";

/** As every driver keeps it: checked keys, one spelling of time, nothing that was not asked for. */
export function secretAsKept<T extends Omit<SecretRecord, "version">>(secret: T): T {
  const { orgId, agentName, name, keyId, updatedBy } = secret;
  requireStorableText({ orgId, agentName, name, keyId, updatedBy });
  const hosts = secret.hosts === undefined ? {} : { hosts: [...secret.hosts] };
  return { ...secret, ...hosts, updatedAt: toInstant(secret.updatedAt) };
}
