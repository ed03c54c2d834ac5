import { PlatformError, Role, SKILL_CALL_METADATA, hasScope, invalidParams } from "@berth/protocol";
import type { IdGenerator, JsonValue, Principal } from "@berth/protocol";
import type { AgentWithRelease, Store, WebhookRecord } from "@berth/store";
import { audited } from "../audit/audited.ts";
import { authorize } from "../auth/authorize.ts";
import type { Auth } from "../auth/auth.ts";
import type { Registry } from "../registry/registry.ts";
import type { AcceptedTurn, TaskEngine } from "../tasks/task-engine.ts";
import type { SecretSealer } from "./seal-secret.ts";
import { SIGNATURE_SCHEMES } from "./signature-schemes.ts";
import type { NewWebhook, RawDelivery, VerifiedDelivery, Webhook, Webhooks } from "./webhooks.ts";

/** Message metadata that tells the agent which delivery it works on. */
const WEBHOOK_METADATA = "https://berth.dev/extensions/webhook/v1";
const MAX_PER_AGENT = 100;

export interface WebhooksOptions {
  readonly store: Pick<Store, "webhooks" | "agents" | "audit">;
  readonly auth: Pick<Auth, "principalOf">;
  readonly registry: Pick<Registry, "find">;
  readonly tasks: Pick<TaskEngine, "accept">;
  readonly sealer: SecretSealer;
  readonly ids: IdGenerator;
  readonly now: () => Date;
  readonly randomBytes: (length: number) => Uint8Array;
}

export function createWebhooks(options: WebhooksOptions): Webhooks {
  return new StoreWebhooks(options);
}

class StoreWebhooks implements Webhooks {
  readonly #options: WebhooksOptions;

  constructor(options: WebhooksOptions) {
    this.#options = options;
  }

  async create(
    principal: Principal,
    agentName: string,
    request: NewWebhook,
  ): Promise<{ readonly webhook: Webhook; readonly secret: string }> {
    authorize(principal, "webhook.manage");
    if (principal.kind !== "api_key" && principal.kind !== "user") {
      throw new PlatformError("PERMISSION_DENIED", "A webhook acts on behalf of a person or an API key.");
    }
    const { store, registry, ids, now, randomBytes } = this.#options;
    const found = await registry.find(principal, agentName);
    assertSkill(found, request.skill);
    const scheme = SIGNATURE_SCHEMES[request.kind];
    const secret = request.secret ?? scheme.create(randomBytes);
    const objection = scheme.objection(secret);
    if (objection !== undefined) throw invalidParams([{ field: "secret", description: objection }]);
    const { agentId } = found.agent;
    if ((await store.webhooks.list(principal.orgId, agentId)).length >= MAX_PER_AGENT) {
      throw new PlatformError("RATE_LIMITED", `"${agentName}" has ${MAX_PER_AGENT} webhooks, which is the most.`, {
        hint: "Remove one that is no longer used.",
      });
    }
    const webhookId = ids("webhook");
    const record: WebhookRecord = {
      orgId: principal.orgId,
      webhookId,
      agentId,
      skill: request.skill,
      kind: request.kind,
      sealedSecret: this.#options.sealer.seal(webhookId, secret),
      principalId: principal.id,
      createdAt: now().toISOString(),
    };
    await this.#audited(principal, "webhook.create", webhookId, async () => await store.webhooks.insert(record));
    return { webhook: toWebhook(record, agentName), secret };
  }

  async list(principal: Principal, agentName: string): Promise<readonly Webhook[]> {
    return (await this.#mine(principal, agentName)).map((record) => toWebhook(record, agentName));
  }

  async remove(principal: Principal, agentName: string, webhookId: string): Promise<void> {
    const mine = await this.#mine(principal, agentName);
    const isMine = mine.some((record) => record.webhookId === webhookId);
    if (!isMine) throw webhookNotFound();
    await this.#audited(principal, "webhook.remove", webhookId, async () => {
      if (!(await this.#options.store.webhooks.remove(principal.orgId, webhookId))) throw webhookNotFound();
    });
  }

  async verify(webhookId: string, delivery: RawDelivery): Promise<VerifiedDelivery> {
    const { store, auth, now } = this.#options;
    const record = await store.webhooks.find(webhookId);
    if (record === undefined) throw webhookNotFound();
    const secret = this.#options.sealer.open(webhookId, record.sealedSecret);
    const signed = SIGNATURE_SCHEMES[record.kind].verify(secret, delivery, now());
    const principal = await auth.principalOf(record.principalId, record.orgId);
    // By its id: another agent that later took the name must not get these deliveries.
    const found = await store.agents.findById(record.orgId, record.agentId);
    if (found === undefined) throw webhookNotFound();
    return { webhook: toWebhook(record, found.agent.name), principal, ...signed };
  }

  async start({ webhook, principal, deliveryId, event }: VerifiedDelivery, input: JsonValue): Promise<AcceptedTurn> {
    const { tasks, ids } = this.#options;
    const { webhookId, agentName, skill, kind } = webhook;
    const message = {
      messageId: ids("message"),
      role: Role.User,
      parts: [{ data: input }],
      metadata: {
        [SKILL_CALL_METADATA]: { skill, input },
        [WEBHOOK_METADATA]: { webhookId, kind, deliveryId, ...(event === undefined ? {} : { event }) },
      },
    };
    const idempotencyKey = `${webhookId}:${deliveryId}`;
    return await tasks.accept({ principal, protocol: "rest" }, agentName, { message }, { idempotencyKey, skill });
  }

  async #mine(principal: Principal, agentName: string): Promise<readonly WebhookRecord[]> {
    authorize(principal, "webhook.manage");
    const { store, registry } = this.#options;
    const { agent } = await registry.find(principal, agentName);
    const records = await store.webhooks.list(principal.orgId, agent.agentId);
    return hasScope(principal, "admin") ? records : records.filter((each) => each.principalId === principal.id);
  }

  async #audited<T>({ orgId, id }: Principal, action: string, resource: string, act: () => Promise<T>): Promise<T> {
    const { store, now } = this.#options;
    const entry = { orgId, at: now().toISOString(), actor: id, action, resource, outcome: "ok" } as const;
    return await audited(store.audit, entry, act);
  }
}

function toWebhook({ webhookId, skill, kind, principalId, createdAt }: WebhookRecord, agentName: string): Webhook {
  return { webhookId, agentName, skill, kind, principalId, createdAt };
}

function assertSkill({ agent, release }: AgentWithRelease, skill: string): void {
  const { skills } = release.card;
  if (skills.some(({ id }) => id === skill)) return;
  throw new PlatformError("SKILL_NOT_FOUND", `The agent "${agent.name}" has no skill "${skill}".`, {
    hint: skills.length === 0 ? "It has no skills." : `It has: ${skills.map(({ id }) => id).join(", ")}.`,
  });
}

function webhookNotFound(): PlatformError {
  return new PlatformError("WEBHOOK_NOT_FOUND", "There is no webhook with this id here, or it is not yours.");
}
