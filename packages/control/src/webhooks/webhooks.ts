import type { JsonValue, Principal } from "@berth/protocol";
import type { WebhookKind } from "@berth/store";
import type { AcceptedTurn } from "../tasks/task-engine.ts";

export { WEBHOOK_KINDS } from "@berth/store";

export interface NewWebhook {
  readonly skill: string;
  readonly kind: WebhookKind;
  /** Default: made here. */
  readonly secret?: string;
}

export interface Webhook {
  readonly webhookId: string;
  readonly agentName: string;
  readonly skill: string;
  readonly kind: WebhookKind;
  readonly principalId: string;
  readonly createdAt: string;
}

/** What came in, byte for byte: the signature is over the bytes. */
export interface RawDelivery {
  /** By its lower-case name. */
  readonly header: (name: string) => string | undefined;
  readonly body: Uint8Array;
}

/** A delivery whose signature holds. */
export interface VerifiedDelivery {
  readonly webhook: Webhook;
  readonly principal: Principal;
  /** The same id is the same delivery, however often it comes. */
  readonly deliveryId: string;
  /** Said by the sender, such as GitHub's `push`. */
  readonly event?: string;
}

/**
 * Signed deliveries from outside that start a skill. What they start belongs to the API key that made the webhook, with
 * the rights it has at that moment; when the key is revoked or expires, the webhook no longer works.
 */
export interface Webhooks {
  /**
   * Needs `invoke` and an API key. `secret` is shown this once.
   * @throws AGENT_NOT_FOUND, SKILL_NOT_FOUND, INVALID_PARAMS, RATE_LIMITED when the agent has too many.
   */
  create(
    principal: Principal,
    agentName: string,
    request: NewWebhook,
  ): Promise<{ readonly webhook: Webhook; readonly secret: string }>;
  /** One's own; with `admin` all of the agent. */
  list(principal: Principal, agentName: string): Promise<readonly Webhook[]>;
  /** @throws WEBHOOK_NOT_FOUND, also for those of others. */
  remove(principal: Principal, agentName: string, webhookId: string): Promise<void>;
  /** Step 1 of a delivery. @throws WEBHOOK_NOT_FOUND, UNAUTHENTICATED when the signature or the key does not hold. */
  verify(webhookId: string, delivery: RawDelivery): Promise<VerifiedDelivery>;
  /** Step 2. Durable when it resolves. @throws what TaskEngine.accept throws; IDEMPOTENCY_CONFLICT for another body. */
  start(delivery: VerifiedDelivery, input: JsonValue): Promise<AcceptedTurn>;
}
