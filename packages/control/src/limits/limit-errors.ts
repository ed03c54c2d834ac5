import { PlatformError } from "@berth/protocol";
import type { LimitSubject } from "@berth/store";
import { toDecimal } from "./decimal.ts";
import type { RateReading } from "./rate-gate.ts";

/** What a caller may be told of a rate, and what the edge makes its headers from. All text: it becomes ErrorInfo.metadata. */
type RateMetadata = {
  readonly policy: string;
  readonly retryAfterSeconds: string;
  readonly quota?: string;
  readonly windowSeconds?: string;
  readonly remaining?: string;
  readonly resetSeconds?: string;
};

export function rateLimited(policy: string, { burst, waitMs, windowMs, fullMs }: RateReading): PlatformError {
  const seconds = seconds1(waitMs);
  const metadata: RateMetadata = {
    policy,
    retryAfterSeconds: String(seconds),
    quota: String(burst),
    windowSeconds: String(seconds1(windowMs)),
    remaining: "0",
    resetSeconds: String(seconds1(fullMs)),
  };
  return new PlatformError(
    "RATE_LIMITED",
    `Too many requests (${policy}): ${burst} in ${seconds1(windowMs)} s are the most.`,
    {
      retryable: true,
      hint: `Try again in ${seconds} seconds.`,
      metadata,
    },
  );
}

export function tooManyAtOnce(policy: string, most: number): PlatformError {
  const metadata: RateMetadata = { policy, retryAfterSeconds: "1" };
  return new PlatformError("RATE_LIMITED", `Too many calls at once (${policy}): ${most} are the most.`, {
    retryable: true,
    hint: "Try again when one of them has ended.",
    metadata,
  });
}

export interface Overspent {
  readonly subject: LimitSubject;
  readonly unit: "calls" | "tokens" | "cost";
  readonly spent: number;
  readonly most: number;
  /** Until the month is over; absent for a run. */
  readonly resetSeconds?: number;
}

/** With the numbers, as callers and receipts show them. */
export function budgetExceeded({ subject, unit, spent, most, resetSeconds }: Overspent): PlatformError {
  const [used, allowed] = [spent, most].map((count) => (unit === "cost" ? toDecimal(count) : String(count)));
  const what = unit === "cost" ? "cost" : unit;
  const whose = subject === "task" ? "This run's" : `The ${subject}'s monthly`;
  return new PlatformError("BUDGET_EXCEEDED", `${whose} budget of ${what} is used up: ${used} of ${allowed}.`, {
    retryable: false,
    hint:
      resetSeconds === undefined
        ? "Ask an administrator or the agent's owner for a larger budget."
        : "It begins anew with the next month (UTC); an administrator can raise it.",
    metadata: {
      subject,
      unit,
      spent: used ?? "",
      most: allowed ?? "",
      ...(resetSeconds === undefined ? {} : { retryAfterSeconds: String(resetSeconds) }),
    },
  });
}

/** One call might use more than there is left; the run may go on with smaller ones. */
export function callTooLarge({
  needed,
  left,
  ...overspent
}: Overspent & { readonly needed: number; readonly left: number }): PlatformError {
  const { subject, unit } = overspent;
  const [wants, has] = [needed, left].map((count) =>
    unit === "cost" ? `${toDecimal(count)} USD` : `${count} ${unit}`,
  );
  const whose = subject === "task" ? "this run's budget" : `the ${subject}'s monthly budget`;
  const { metadata } = budgetExceeded(overspent);
  return new PlatformError("BUDGET_EXCEEDED", `This call may use ${wants}; ${whose} has ${has} left.`, {
    retryable: false,
    hint: "A smaller max_tokens makes it cheaper; the agent's owner or an administrator can raise the budget.",
    metadata,
  });
}

function seconds1(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1_000));
}
