import type { Action, Reason } from "@berth/protocol";
import type { CallOptions } from "../gateway.fixture.ts";
import type { Org } from "./world.fixture.ts";

export type Params = Readonly<Record<string, string>>;

/**
 * Who gets through, where the route's policy does not say all of it. `everybody`: the answer is the same for all.
 * `signed_in`: any credential. An action: asked for by the use case. `task`: whoever made it, else `task.read_all`.
 * `maker`: only whoever made the thing, which here is none of the callers; `maker_or_admin`: administrators too.
 * `task_owner`: those with the right `any` too, and others who see the task are told that it is not theirs.
 */
export type Access = "everybody" | "signed_in" | "task" | "maker" | "maker_or_admin" | "task_owner" | Action;

export interface Row {
  /** Default: the policy. With it goes a reason: this is the table of exceptions. */
  readonly access?: Access;
  readonly why?: string;
  /** With `task_owner`: who else may. Default: administrators. */
  readonly any?: Action;
  /** Makes a thing in the organization and says how it is addressed. Absent: the route has no such thing. */
  readonly thing?: (org: Org) => Promise<Params>;
  /** The call uses the thing up. */
  readonly fresh?: true;
  /** Parameters that are the same for own, foreign and absent. */
  readonly fixed?: Params;
  readonly query?: string;
  readonly call?: (params: Params) => CallOptions;
  /** Why its answer is of all organizations. */
  readonly everywhere?: string;
  /** Refusals that come only after the right to ask was there. */
  readonly after?: readonly Reason[];
}

export type Rows = Readonly<Record<string, Row>>;
