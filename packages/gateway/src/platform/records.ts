import type { Auth, Deploys, Receipts, Registry, TaskEngine } from "@berth/control";

/** What the use cases hand out, named without knowing the store they come from. */
export type AgentView = Awaited<ReturnType<Registry["find"]>>;
export type ReceiptRecord = Awaited<ReturnType<Receipts["find"]>>;
export type DeploymentRecord = Awaited<ReturnType<Deploys["get"]>>;
export type KeyRecord = Awaited<ReturnType<Auth["listKeys"]>>[number];
export type AgentFilter = Parameters<Registry["list"]>[1];
export type ListedTask = Awaited<ReturnType<TaskEngine["list"]>>["tasks"][number];
