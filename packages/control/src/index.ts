export { API_KEY_PATTERN } from "./auth/api-key.ts";
export type { Auth, CreatedKey } from "./auth/auth.ts";
export { assertScope } from "./assert-scope.ts";
export type { CardKey, Cards } from "./cards/cards.ts";
export { signJws } from "./cards/jws.ts";
export { loadSigningKeys } from "./cards/signing-keys.ts";
export type { JwkSet, SigningKeys } from "./cards/signing-keys.ts";
export type { Control, Doctor } from "./control.ts";
export { openControl } from "./create-control.ts";
export type { ControlOptions, RunningControl } from "./create-control.ts";
export type { DeployRequest, DeploymentEvent, Deploys } from "./deploys/deploys.ts";
export { writeSecretFile } from "./keys/write-secret-file.ts";
export type { Push, PushConfigs } from "./push/push.ts";
export { createThreadedReceiptBuilder, loadReceiptKeys } from "./receipts/index.ts";
export type { ReceiptKeys } from "./receipts/index.ts";
export type { LedgerCheck, Receipts } from "./receipts/receipts.ts";
export type { Registry } from "./registry/registry.ts";
export type { CardDrift, ImportRequest, RemoteAgents, RemoteStatus } from "./registry/remote-agents.ts";
export { createTaskEngine } from "./tasks/create-task-engine.ts";
export type { RunningTaskEngine, TaskEngineOptions } from "./tasks/create-task-engine.ts";
export type {
  AcceptOptions,
  AcceptedTurn,
  CallContext,
  FollowOptions,
  TaskDetails,
  TaskEngine,
  TurnPolicy,
} from "./tasks/task-engine.ts";
export { WEBHOOK_KINDS } from "./webhooks/webhooks.ts";
export type { NewWebhook, RawDelivery, VerifiedDelivery, Webhook, Webhooks } from "./webhooks/webhooks.ts";
