export { API_KEY_PATTERN } from "./auth/api-key.ts";
export type { Auth, CreatedKey } from "./auth/auth.ts";
export { assertScope } from "./assert-scope.ts";
export type { Control, Doctor } from "./control.ts";
export { openControl } from "./create-control.ts";
export type { ControlOptions, RunningControl } from "./create-control.ts";
export type { DeployRequest, DeploymentEvent, Deploys } from "./deploys/deploys.ts";
export { loadReceiptKeys } from "./receipts/index.ts";
export type { ReceiptKeys } from "./receipts/index.ts";
export type { LedgerCheck, Receipts } from "./receipts/receipts.ts";
export type { Registry } from "./registry/registry.ts";
export { createTaskEngine } from "./tasks/create-task-engine.ts";
export type { RunningTaskEngine, TaskEngineOptions } from "./tasks/create-task-engine.ts";
export type {
  AcceptOptions,
  AcceptedTurn,
  CallContext,
  FollowOptions,
  TaskDetails,
  TaskEngine,
} from "./tasks/task-engine.ts";
