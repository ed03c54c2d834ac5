import type { PushConfigRecord } from "@berth/store";
import type { SecretSealer } from "../webhooks/seal-secret.ts";

/** As the store keeps it: token and credentials under the platform's key, bound to this configuration. */
export function sealConfig(sealer: SecretSealer, config: PushConfigRecord): PushConfigRecord {
  return withSecrets(config, (secret) => sealer.seal(idOf(config), secret));
}

/** As the receiver wants it. */
export function openConfig(sealer: SecretSealer, config: PushConfigRecord): PushConfigRecord {
  return withSecrets(config, (secret) => sealer.open(idOf(config), secret));
}

function withSecrets(config: PushConfigRecord, change: (secret: string) => string): PushConfigRecord {
  const { token, authentication } = config;
  const { scheme = "", credentials } = authentication ?? {};
  return {
    ...config,
    ...(token === undefined ? {} : { token: change(token) }),
    ...(credentials === undefined ? {} : { authentication: { scheme, credentials: change(credentials) } }),
  };
}

function idOf({ orgId, taskId, configId }: PushConfigRecord): string {
  return JSON.stringify([orgId, taskId, configId]);
}
