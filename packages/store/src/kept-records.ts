import type { ApiKeyRecord } from "./api-key-store.ts";
import type { DeploymentLine, DeploymentRecord } from "./deployment-store.ts";
import { toInstant } from "./instant.ts";
import { requireStorableText } from "./storable-text.ts";
import type { SourceRecord } from "./source-store.ts";
import type { WebhookRecord } from "./webhook-store.ts";

/** Records as every driver keeps them: checked keys, one spelling of time, no tie to the caller's objects. */
export function apiKeyAsKept(key: ApiKeyRecord): ApiKeyRecord {
  const { orgId, keyId, name, secretHash, expiresAt, lastUsedAt, revokedAt, createdBy, agents, cidrs } = key;
  requireStorableText({ orgId, keyId, name, secretHash, createdBy });
  return {
    orgId,
    keyId,
    name,
    secretHash,
    scopes: [...key.scopes],
    createdAt: toInstant(key.createdAt),
    ...(expiresAt === undefined ? {} : { expiresAt: toInstant(expiresAt) }),
    ...(lastUsedAt === undefined ? {} : { lastUsedAt: toInstant(lastUsedAt) }),
    ...(revokedAt === undefined ? {} : { revokedAt: toInstant(revokedAt) }),
    ...(createdBy === undefined ? {} : { createdBy }),
    ...(agents === undefined ? {} : { agents: [...agents] }),
    ...(cidrs === undefined ? {} : { cidrs: [...cidrs] }),
  };
}

export function deploymentAsKept(deployment: DeploymentRecord): DeploymentRecord {
  const { orgId, deploymentId, agentName, createdAt, updatedAt, keptUntil } = deployment;
  requireStorableText({ orgId, deploymentId, agentName });
  return plainCopy({
    ...deployment,
    createdAt: toInstant(createdAt),
    updatedAt: toInstant(updatedAt),
    ...(keptUntil === undefined ? {} : { keptUntil: toInstant(keptUntil) }),
  });
}

/** Programs print what they like: what no database keeps is shown as U+FFFD. */
export function lineAsKept({ seq, at, step, stream, text }: DeploymentLine): DeploymentLine {
  return { seq, at: toInstant(at), step, stream, text: text.toWellFormed().replaceAll("\u0000", "\uFFFD") };
}

export function webhookAsKept(webhook: WebhookRecord): WebhookRecord {
  const { orgId, webhookId, agentId, principalId, createdAt } = webhook;
  requireStorableText({ orgId, webhookId, agentId, principalId });
  return plainCopy({ ...webhook, createdAt: toInstant(createdAt) });
}

export function sourceAsKept(source: SourceRecord): SourceRecord {
  const { orgId, sourceId, agentName, url, branch, path, credential, principalId, createdAt, updatedAt } = source;
  requireStorableText({ orgId, sourceId, agentName, url, branch, path, credential, principalId });
  return plainCopy({ ...source, createdAt: toInstant(createdAt), updatedAt: toInstant(updatedAt) });
}

/** Without a tie to what it was made from. */
export function plainCopy<T>(record: T): T {
  // Records are plain JSON data, so what is parsed has the type of what was written.
  return JSON.parse(JSON.stringify(record)) as T;
}
