import type { Principal } from "@berth/protocol";
import type { LimitRule, Spending, SpendingKey } from "@berth/store";
import type { DefaultRates } from "./default-rates.ts";
import type { RateReading } from "./rate-gate.ts";

/** Calls are counted where they are accepted, whatever door they come by. */
export type RequestKind = "read" | "write" | "sign_in";

export interface Visitor {
  readonly principal: Principal;
  readonly remoteAddress: string;
}

export interface LimitSettings {
  readonly rules: readonly LimitRule[];
  /** Undefined: they are off. */
  readonly defaults: DefaultRates | undefined;
}

export interface MonthlyUsage {
  /** `2026-11`. */
  readonly month: string;
  /** RFC 3339: when all of it is zero again. */
  readonly resetsAt: string;
  readonly spending: readonly (Pick<SpendingKey, "subject" | "id"> & Spending)[];
}

/** How often and how much. Everything here is cheap enough for the path of every request. */
export interface Limits {
  /** A request at the edge: of an address while nobody is known, else of the principal and its organization. @throws RATE_LIMITED */
  admit(visitor: Visitor, kind: RequestKind): Promise<RateReading | undefined>;
  /** Before a credential is looked at. @throws RATE_LIMITED after too many wrong ones from this address */
  assertMayTry(remoteAddress: string): void;
  /** It was wrong. */
  failed(remoteAddress: string): void;
  /** Needs `limit.read`. */
  settings(principal: Principal): Promise<LimitSettings>;
  /** In place of all rules; holds within a second on other nodes, here at once. Needs `limit.manage`. @throws INVALID_PARAMS */
  replace(principal: Principal, rules: readonly LimitRule[]): Promise<LimitSettings>;
  /** Of this month, what cost most first; at most a second behind. Needs `limit.read`. */
  usage(principal: Principal): Promise<MonthlyUsage>;
}
