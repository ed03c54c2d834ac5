/** How a sender signs its deliveries. */
export const WEBHOOK_KINDS = ["standard", "github", "hmac"] as const;
export type WebhookKind = (typeof WEBHOOK_KINDS)[number];

/** A way in from outside: signed deliveries that start a skill on behalf of the person or API key that made it. */
export interface WebhookRecord {
  readonly orgId: string;
  readonly webhookId: string;
  readonly agentId: string;
  readonly skill: string;
  readonly kind: WebhookKind;
  /** Sealed by whoever uses it: a stolen table is no table of secrets. */
  readonly sealedSecret: string;
  /** Whose tasks its deliveries are. */
  readonly principalId: string;
  readonly createdAt: string;
}

/** What one list holds at most. */
export const MAX_LISTED_WEBHOOKS = 1_000;

export interface WebhookStore {
  /** @throws PlatformError STORE_CONFLICT when there is one of this id. */
  insert(webhook: WebhookRecord): Promise<void>;
  /** Over all organizations: the id is unguessable enough to be looked up, useless without its secret. */
  find(webhookId: string): Promise<WebhookRecord | undefined>;
  /** Of one agent, newest first. */
  list(orgId: string, agentId: string): Promise<readonly WebhookRecord[]>;
  /** False when there is none. */
  remove(orgId: string, webhookId: string): Promise<boolean>;
}
