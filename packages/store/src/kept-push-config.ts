import { toInstant } from "./instant.ts";
import type { PushConfigRecord } from "./push-store.ts";
import { requireStorableText } from "./storable-text.ts";

/** Whom a configuration posts to: what shares a host shares its slowness. */
export function pushHostOf({ url }: Pick<PushConfigRecord, "url">): string {
  return URL.parse(url)?.host ?? "";
}

/** A configuration as every driver keeps it: checked keys, one spelling of time. @throws PlatformError INVALID_PARAMS */
export function pushConfigAsKept(config: PushConfigRecord): PushConfigRecord {
  const { orgId, taskId, configId } = config;
  requireStorableText({ orgId, taskId, configId });
  // Plain JSON data: what is parsed has the type of what was written, and no tie to the caller's objects.
  return JSON.parse(JSON.stringify({ ...config, createdAt: toInstant(config.createdAt) })) as PushConfigRecord;
}
