import type {
  Auth,
  Billing,
  Deploys,
  Distributions,
  Evals,
  Issuers,
  Limits,
  Receipts,
  Registry,
  TaskEngine,
  Workspaces,
} from "@berth/control";

/** What the use cases hand out, named without knowing the store they come from. */
export type AgentView = Awaited<ReturnType<Registry["find"]>>;
export type AgentRecord = AgentView["agent"];
export type ReceiptRecord = Awaited<ReturnType<Receipts["find"]>>;
export type AddendumRecord = Awaited<ReturnType<Receipts["addenda"]>>[number];
export type DeploymentRecord = Awaited<ReturnType<Deploys["get"]>>;
export type KeyRecord = Awaited<ReturnType<Auth["listKeys"]>>[number];
export type IssuerView = Awaited<ReturnType<Issuers["list"]>>[number];
export type SessionView = Awaited<ReturnType<Auth["listSessions"]>>[number];
export type AgentFilter = Parameters<Registry["list"]>[1];
export type ListedTask = Awaited<ReturnType<TaskEngine["list"]>>["tasks"][number];
export type FileVersion = Awaited<ReturnType<Workspaces["history"]>>[number];
export type LimitRule = Awaited<ReturnType<Limits["settings"]>>["rules"][number];
export type Spending = Awaited<ReturnType<Limits["usage"]>>["spending"][number];
export type ConformanceCheck = Parameters<Distributions["keepConformance"]>[2][number];
export type EvalSuiteView = Awaited<ReturnType<Evals["suites"]>>[number];
export type EvalRunView = Awaited<ReturnType<Evals["find"]>>;
export type EvalSummary = Awaited<ReturnType<Evals["runs"]>>[number];
export type EvalSampleView = Awaited<ReturnType<Evals["samples"]>>[number];
export type EvalSampling = Exclude<ReturnType<Awaited<ReturnType<Evals["sampled"]>>["get"]>, undefined>;
export type JournalRecord = Awaited<ReturnType<Billing["refund"]>>;
