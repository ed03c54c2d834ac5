import type {
  Placement,
  TargetChange,
  TargetField,
  TargetLogLine,
  TargetPlan,
  TargetStatus,
} from "@berth/deploy/targets";
import type { JsonObject, Principal } from "@berth/protocol";
import type { AgentWithRelease, PlacementRecord, TargetRecord } from "@berth/store";
import type { TargetCheck } from "./check-target.ts";
import type { DeployForm } from "./deploy-form.ts";

export interface TargetRequest {
  readonly name: string;
  readonly kind: string;
  readonly settings: JsonObject;
  /** Such as a kubeconfig's text; kept sealed. Absent: what is kept stays; null: nothing is kept any more. */
  readonly credential?: string | null;
  readonly registry?: { readonly repository: string; readonly credential?: string };
}

export interface TargetKindForm {
  readonly kind: string;
  readonly label: string;
  readonly help: string;
  /** What its credential is; absent: it takes none. */
  readonly credential?: string;
  /** Of its settings. */
  readonly fields: readonly TargetField[];
}

/** Places beyond this platform that an organization deploys to. */
export interface Targets {
  kinds(): readonly TargetKindForm[];
  /** What a deployment takes. */
  deployForm(): DeployForm;
  /** Inserts or replaces. @throws CONFIG_INVALID naming the setting, STORE_CONFLICT for one of another kind */
  save(principal: Principal, request: TargetRequest): Promise<TargetRecord>;
  list(principal: Principal): Promise<readonly TargetRecord[]>;
  get(principal: Principal, name: string): Promise<TargetRecord>;
  /** `abandon`: what runs there is left there and forgotten. @throws STORE_CONFLICT while releases run there */
  remove(principal: Principal, name: string, options?: { readonly abandon?: boolean }): Promise<void>;
  /** Whether it answers, and what is missing. */
  check(principal: Principal, name: string): Promise<TargetCheck>;
  /** Of a release that is there: what would be sent, and what it would change. */
  plan(
    principal: Principal,
    request: { readonly target: string; readonly agent: string; readonly release?: string },
  ): Promise<{ readonly plan: TargetPlan; readonly changes: readonly TargetChange[] }>;
  status(
    principal: Principal,
    request: { readonly agent: string; readonly release?: string },
  ): Promise<{ readonly placed: PlacementRecord; readonly status: TargetStatus }>;
  /** Of an agent, newest first; at most 100. */
  placements(principal: Principal, agent: string): Promise<readonly PlacementRecord[]>;
  logs(
    principal: Principal,
    request: { readonly agent: string; readonly release?: string; readonly since: number; readonly follow: boolean },
    signal: AbortSignal,
  ): Promise<AsyncIterable<TargetLogLine>>;

  /** For the deployment engine: pushes the image, applies the plan, keeps the placement. Idempotent. */
  place(
    request: { readonly orgId: string; readonly target: string; readonly release: AgentWithRelease },
    options: { readonly log: (line: string) => void; readonly signal: AbortSignal },
  ): Promise<Placement>;
  /** All traffic there to this release. */
  rollback(
    request: { readonly orgId: string; readonly releaseId: string },
    options: { readonly log: (line: string) => void; readonly signal: AbortSignal },
  ): Promise<void>;
  /** Takes a release without traffic off its target. */
  retire(
    request: { readonly orgId: string; readonly releaseId: string },
    options: { readonly log: (line: string) => void; readonly signal: AbortSignal },
  ): Promise<void>;
  /** Of an agent that is removed: all its releases, wherever they are. Twice is harmless. */
  destroy(orgId: string, agentId: string, signal: AbortSignal, log?: (line: string) => void): Promise<void>;
}
