import type { SandboxCapabilities, Runtime } from "@berth/runtime";
import type { Principal } from "@berth/protocol";
import type { Store } from "@berth/store";
import type { AuditLog } from "./audit/audit-log.ts";
import type { Apps } from "./apps/apps.ts";
import type { AppSessions } from "./auth/app-sessions.ts";
import type { Auth } from "./auth/auth.ts";
import type { AttachedAgents } from "./attached/attached-agents.ts";
import type { Approvals } from "./approvals/approvals.ts";
import type { Billing } from "./billing/billing.ts";
import type { WatchReport } from "./billing/ledger-watch.ts";
import type { Cards } from "./cards/cards.ts";
import type { Distributions } from "./distribution/distributions.ts";
import type { Evals } from "./evals/evals.ts";
import type { Grants } from "./grants/grants.ts";
import type { ImageRepositories } from "./images/repositories.ts";
import type { ImageTransfers } from "./images/image-transfers.ts";
import type { Identity } from "./identity/identity.ts";
import type { Limits } from "./limits/limits.ts";
import type { Models } from "./models/models.ts";
import type { Memory } from "./memory/memory.ts";
import type { OAuth } from "./oauth/oauth.ts";
import type { Deploys } from "./deploys/deploys.ts";
import type { Push } from "./push/push.ts";
import type { Anchors } from "./anchors/anchors.ts";
import type { Receipts } from "./receipts/receipts.ts";
import type { Reviews } from "./reviews/reviews.ts";
import type { Registry } from "./registry/registry.ts";
import type { Releases } from "./releases/releases.ts";
import type { RemoteAgents } from "./registry/remote-agents.ts";
import type { Secrets } from "./secrets/secrets.ts";
import type { GitRepositories } from "./sources/git-repositories.ts";
import type { Sources } from "./sources/sources.ts";
import type { Targets } from "./targets/targets.ts";
import type { TaskChanges } from "./tasks/task-changes.ts";
import type { TaskEngine } from "./tasks/task-engine.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";
import type { Organizations } from "./users/organizations.ts";
import type { Users } from "./users/users.ts";
import type { Webhooks } from "./webhooks/webhooks.ts";
import type { Witnesses } from "./witness/witnesses.ts";
import type { Workspaces } from "./workspaces/workspaces.ts";

/** All use cases, as the gateway gets them. */
export interface Control {
  readonly auth: Auth;
  readonly appSessions: AppSessions;
  readonly apps: Apps;
  readonly users: Users;
  readonly organizations: Organizations;
  readonly identity: Identity;
  readonly oauth: OAuth;
  readonly registry: Registry;
  readonly remotes: RemoteAgents;
  readonly attached: AttachedAgents;
  readonly cards: Cards;
  readonly deploys: Deploys;
  readonly gitRepositories: GitRepositories;
  readonly sources: Sources;
  readonly releases: Releases;
  readonly distributions: Distributions;
  readonly targets: Targets;
  readonly images: ImageRepositories;
  readonly imageTransfers: ImageTransfers;
  readonly tasks: TaskEngine;
  readonly changes: TaskChanges;
  readonly receipts: Receipts;
  readonly reviews: Reviews;
  readonly witnesses: Witnesses;
  readonly anchors: Anchors;
  readonly push: Push;
  readonly webhooks: Webhooks;
  readonly secrets: Secrets;
  readonly workspaces: Workspaces;
  readonly approvals: Approvals;
  readonly grants: Grants;
  readonly limits: Limits;
  readonly models: Models;
  readonly billing: Billing;
  readonly evals: Evals;
  readonly memory: Memory;
  readonly telemetry: Telemetry;
  readonly runtime: Pick<Runtime, "instances" | "health" | "wakes" | "logs" | "onLog">;
  readonly audit: AuditLog;
  /** True once recovery is done and while not shutting down. */
  ready(): boolean;
  /** The ledger is the principal's organization's. */
  doctor(principal: Principal): Promise<Doctor>;
  /** What the comparison in the background has found. Needs `ledger.check`. */
  watched(principal: Principal): WatchReport;
  store: Pick<Store, "ping">;
}

export interface Doctor {
  readonly sandbox: readonly SandboxCapabilities[];
  readonly store: { readonly kind: string; readonly ok: boolean; readonly detail?: string };
  /** Whether tasks, receipts and journals agree, as far as the comparison in the background has come. */
  readonly ledger: { readonly ok: boolean; readonly checkedAt?: string; readonly differences: number };
}
