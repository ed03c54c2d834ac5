import { address, choice, described, instant, list, object, text } from "./json-schema.ts";
import type { JsonSchema } from "./json-schema.ts";

export type WebhookSchemaName = "NewWebhook" | "Webhook" | "WebhookList" | "CreatedWebhook" | "AcceptedDelivery";

const WEBHOOK = {
  id: text,
  agent: text,
  skill: text,
  kind: choice("standard", "github", "hmac"),
  url: address,
  principalId: text,
  createdAt: instant,
};

export const WEBHOOK_SCHEMAS: Readonly<Record<WebhookSchemaName, JsonSchema>> = {
  NewWebhook: object({
    skill: text,
    "kind?": { ...WEBHOOK.kind, default: "standard" },
    "secret?": described("Default: made by the platform.", text),
  }),
  Webhook: object(WEBHOOK),
  WebhookList: object({ webhooks: list({ $ref: "#/components/schemas/Webhook" }) }),
  CreatedWebhook: object({ ...WEBHOOK, secret: described("Shown this once.", text) }),
  AcceptedDelivery: object({ taskId: text }),
};
