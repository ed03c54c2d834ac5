import { createHmac, randomBytes } from "node:crypto";
import { DEFAULT_ORG_ID, PlatformError, createIdGenerator } from "@berth/protocol";
import type { Principal, SendMessageRequest } from "@berth/protocol";
import { createInMemoryStore } from "@berth/store/memory";
import { scriptedCard, scriptedConfig } from "@berth/testing";
import { expect, test } from "vitest";
import { createRegistry } from "../registry/create-registry.ts";
import type { AcceptOptions } from "../tasks/task-engine.ts";
import { createWebhooks } from "./create-webhooks.ts";
import { SecretSealer } from "./seal-secret.ts";
import type { RawDelivery } from "./webhooks.ts";

const NOW = "2026-11-29T12:00:00.000Z";

interface Accepted {
  readonly principal: string;
  readonly agentName: string;
  readonly message: SendMessageRequest["message"];
  readonly options: AcceptOptions | undefined;
}

async function house() {
  const now = (): Date => new Date(NOW);
  const store = createInMemoryStore();
  const accepted: Accepted[] = [];
  const revoked = new Set<string>();
  const webhooks = createWebhooks({
    store,
    registry: createRegistry({ store, runtime: { drain: async () => undefined }, now }),
    auth: {
      async principalOf(id) {
        if (revoked.has(id)) throw new PlatformError("UNAUTHENTICATED", "The credential is not valid.");
        return caller(id);
      },
    },
    tasks: {
      async accept({ principal }, agentName, { message }, options) {
        accepted.push({ principal: principal.id, agentName, message, options });
        return { taskId: "task_1", contextId: "ctx_1", seq: 1, replayed: false };
      },
    },
    sealer: new SecretSealer({ key: randomBytes(32), randomBytes }),
    ids: createIdGenerator({ now: () => now().getTime(), randomBytes }),
    now,
    randomBytes,
  });
  const publish = async (name: string, agentId: string): Promise<void> => {
    const ids = { orgId: DEFAULT_ORG_ID, agentId };
    await store.agents.publish(
      { ...ids, name, kind: "deployed", activeReleaseId: `rel_${agentId}` },
      {
        ...ids,
        releaseId: `rel_${agentId}`,
        digest: `sha256:${"0".repeat(64)}`,
        config: scriptedConfig(),
        card: scriptedCard(),
        skillSchemas: [],
        entry: "agent.mjs",
        trusted: false,
        createdAt: NOW,
      },
    );
  };
  await publish("scripted", "agt_1");
  return { webhooks, store, accepted, revoked, publish };
}

function caller(id: string, scopes: Principal["scopes"] = ["invoke"]): Principal {
  return { kind: "api_key", id, orgId: DEFAULT_ORG_ID, scopes };
}

function signed(secret: string, text: string): RawDelivery {
  const body = Buffer.from(text);
  const headers: Record<string, string> = {
    "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
    "x-github-delivery": "d-1",
    "x-github-event": "push",
  };
  return { header: (name) => headers[name], body };
}

const ana = caller("key_ana");
const github = { skill: "echo", kind: "github" } as const;

test("a signed delivery starts the skill on behalf of the key that made the webhook", async () => {
  const { webhooks, store, accepted } = await house();
  const { webhook, secret } = await webhooks.create(ana, "scripted", github);
  expect(JSON.stringify(await store.webhooks.find(webhook.webhookId))).not.toContain(secret);
  const delivery = await webhooks.verify(webhook.webhookId, signed(secret, '{"n":1}'));
  expect(await webhooks.start(delivery, { n: 1 })).toMatchObject({ taskId: "task_1" });
  expect(accepted).toMatchObject([
    {
      principal: "key_ana",
      agentName: "scripted",
      message: {
        parts: [{ data: { n: 1 } }],
        metadata: {
          "https://berth.dev/extensions/skill-call/v1": { skill: "echo", input: { n: 1 } },
          "https://berth.dev/extensions/webhook/v1": {
            webhookId: webhook.webhookId,
            kind: "github",
            deliveryId: "d-1",
            event: "push",
          },
        },
      },
      options: { idempotencyKey: `${webhook.webhookId}:d-1`, skill: "echo" },
    },
  ]);
});

test("a secret one brings along is used", async () => {
  const { webhooks } = await house();
  const mine = "a-secret-of-my-own";
  const { webhook, secret } = await webhooks.create(ana, "scripted", { ...github, secret: mine });
  expect(secret).toBe(mine);
  await expect(webhooks.verify(webhook.webhookId, signed(mine, "{}"))).resolves.toBeDefined();
  await expect(webhooks.create(ana, "scripted", { ...github, secret: "short" })).rejects.toMatchObject({
    reason: "INVALID_PARAMS",
    violations: [{ field: "secret" }],
  });
});

test("a webhook stops when its key is revoked or its agent is gone, also when another takes the name", async () => {
  const { webhooks, store, revoked, publish } = await house();
  const { webhook, secret } = await webhooks.create(ana, "scripted", github);
  const knock = async (): Promise<unknown> => await webhooks.verify(webhook.webhookId, signed(secret, "{}"));
  revoked.add("key_ana");
  await expect(knock()).rejects.toMatchObject({ reason: "UNAUTHENTICATED" });
  revoked.clear();
  await store.agents.remove(DEFAULT_ORG_ID, "scripted");
  await publish("scripted", "agt_2");
  await expect(knock()).rejects.toMatchObject({ reason: "WEBHOOK_NOT_FOUND" });
});

test("webhooks are seen and removed by who made them and by administrators", async () => {
  const { webhooks, store } = await house();
  const ben = caller("key_ben");
  const admin = caller("key_admin", ["admin"]);
  const { webhook } = await webhooks.create(ana, "scripted", github);
  expect(await webhooks.list(ana, "scripted")).toEqual([webhook]);
  expect(await webhooks.list(ben, "scripted")).toEqual([]);
  expect(await webhooks.list(admin, "scripted")).toEqual([webhook]);
  const absent = { reason: "WEBHOOK_NOT_FOUND" };
  await expect(webhooks.remove(ben, "scripted", webhook.webhookId)).rejects.toMatchObject(absent);
  await webhooks.remove(ana, "scripted", webhook.webhookId);
  await expect(webhooks.remove(admin, "scripted", webhook.webhookId)).rejects.toMatchObject(absent);
  const actions = (await store.audit.list(DEFAULT_ORG_ID, 10)).map(({ action }) => action);
  expect(actions).toEqual(["webhook.remove", "webhook.create"]);
});

test("a webhook needs a key that may call, an agent and a skill that are there, and room", async () => {
  const { webhooks } = await house();
  const reason = async (principal: Principal, agent: string, skill: string): Promise<unknown> =>
    await webhooks.create(principal, agent, { skill, kind: "hmac" }).catch((error: PlatformError) => error.reason);
  expect(await reason(caller("key_r", ["read"]), "scripted", "echo")).toBe("PERMISSION_DENIED");
  expect(await reason({ ...ana, kind: "system" }, "scripted", "echo")).toBe("PERMISSION_DENIED");
  expect(await reason(ana, "nobody", "echo")).toBe("AGENT_NOT_FOUND");
  expect(await reason(ana, "scripted", "fly")).toBe("SKILL_NOT_FOUND");
  for (let n = 0; n < 100; n++) await webhooks.create(ana, "scripted", github);
  expect(await reason(ana, "scripted", "echo")).toBe("RATE_LIMITED");
  await expect(webhooks.verify("hook_none", signed("x", "{}"))).rejects.toMatchObject({ reason: "WEBHOOK_NOT_FOUND" });
});
