import type { SandboxCapabilities, Runtime } from "@berth/runtime";
import type { AuditEntry, Store } from "@berth/store";
import type { Principal } from "@berth/protocol";
import type { Auth } from "./auth/auth.ts";
import type { Deploys } from "./deploys/deploys.ts";
import type { Receipts } from "./receipts/receipts.ts";
import type { Registry } from "./registry/registry.ts";
import type { TaskEngine } from "./tasks/task-engine.ts";

/** All use cases, as the gateway gets them. */
export interface Control {
  readonly auth: Auth;
  readonly registry: Registry;
  readonly deploys: Deploys;
  readonly tasks: TaskEngine;
  readonly receipts: Receipts;
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
