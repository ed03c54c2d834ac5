import { PlatformError } from "@berth/protocol";
import { webhookAsKept } from "../kept-records.ts";
import { keyOf } from "../task-book.ts";
import { MAX_LISTED_WEBHOOKS } from "../webhook-store.ts";
import type { WebhookRecord, WebhookStore } from "../webhook-store.ts";
import type { InMemoryState } from "./in-memory-state.ts";

export class InMemoryWebhookStore implements WebhookStore {
  readonly #state: InMemoryState;
  readonly #webhooks = new Map<string, WebhookRecord>();

  constructor(state: InMemoryState) {
    this.#state = state;
  }

  async insert(webhook: WebhookRecord): Promise<void> {
    this.#state.assertOpen();
    const kept = webhookAsKept(webhook);
    if (this.#webhooks.has(kept.webhookId)) {
      throw new PlatformError("STORE_CONFLICT", `There is a webhook ${kept.webhookId} already.`);
    }
    this.#webhooks.set(kept.webhookId, kept);
  }

  async find(webhookId: string): Promise<WebhookRecord | undefined> {
    this.#state.assertOpen();
    return this.#webhooks.get(webhookId);
  }

  async list(orgId: string, agentId: string): Promise<readonly WebhookRecord[]> {
    this.#state.assertOpen();
    return [...this.#webhooks.values()]
      .filter((webhook) => webhook.orgId === orgId && webhook.agentId === agentId)
      .sort((a, b) => (keyOf(a.createdAt, a.webhookId) > keyOf(b.createdAt, b.webhookId) ? -1 : 1))
      .slice(0, MAX_LISTED_WEBHOOKS);
  }

  async remove(orgId: string, webhookId: string): Promise<boolean> {
    this.#state.assertOpen();
    return this.#webhooks.get(webhookId)?.orgId === orgId && this.#webhooks.delete(webhookId);
  }
}
