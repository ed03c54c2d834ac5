import type { SandboxCapabilities, Runtime } from "@berth/runtime";
import type { AuditEntry, Store } from "@berth/store";
import type { Principal } from "@berth/protocol";
import type { Auth } from "./auth/auth.ts";
import type { Approvals } from "./approvals/approvals.ts";
import type { Cards } from "./cards/cards.ts";
import type { Grants } from "./grants/grants.ts";
import type { Identity } from "./identity/identity.ts";
import type { Limits } from "./limits/limits.ts";
import type { OAuth } from "./oauth/oauth.ts";
import type { Deploys } from "./deploys/deploys.ts";
import type { Push } from "./push/push.ts";
import type { Receipts } from "./receipts/receipts.ts";
import type { Registry } from "./registry/registry.ts";
import type { RemoteAgents } from "./registry/remote-agents.ts";
import type { Secrets } from "./secrets/secrets.ts";
import type { TaskEngine } from "./tasks/task-engine.ts";
import type { Organizations } from "./users/organizations.ts";
import type { Users } from "./users/users.ts";
import type { Webhooks } from "./webhooks/webhooks.ts";
import type { Workspaces } from "./workspaces/workspaces.ts";

/** All use cases, as the gateway gets them. */
export interface Control {
  readonly auth: Auth;
  readonly users: Users;
  readonly organizations: Organizations;
  readonly identity: Identity;
  readonly oauth: OAuth;
  readonly registry: Registry;
  readonly remotes: RemoteAgents;
  readonly cards: Cards;
  readonly deploys: Deploys;
  readonly tasks: TaskEngine;
  readonly receipts: Receipts;
  readonly push: Push;
  readonly webhooks: Webhooks;
  readonly secrets: Secrets;
  readonly workspaces: Workspaces;
  readonly approvals: Approvals;
  readonly grants: Grants;
  readonly limits: Limits;
  readonly runtime: Pick<Runtime, "instances" | "logs" | "onLog">;
  /** Needs `admin`. */
  audit(principal: Principal, limit: number): Promise<readonly AuditEntry[]>;
  /** True once recovery is done and while not shutting down. */
  ready(): boolean;
  doctor(): Promise<Doctor>;
  store: Pick<Store, "ping">;
}

export interface Doctor {
  readonly sandbox: readonly SandboxCapabilities[];
  readonly store: { readonly kind: string; readonly ok: boolean; readonly detail?: string };
}
