export type { Auth, CreatedKey } from "./auth/auth.ts";
export type { Control, Doctor } from "./control.ts";
export type { DeployRequest, DeploymentEvent, Deploys } from "./deploys/deploys.ts";
export type { LedgerCheck, Receipts } from "./receipts/receipts.ts";
export type { Registry } from "./registry/registry.ts";
export type {
  AcceptOptions,
  AcceptedTurn,
  CallContext,
  FollowOptions,
  TaskDetails,
  TaskEngine,
} from "./tasks/task-engine.ts";
