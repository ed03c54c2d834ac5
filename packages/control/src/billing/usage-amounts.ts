import type { JournalSum } from "@berth/store";
import { toDecimal } from "../limits/decimal.ts";
import type { UsageAmounts } from "./billing.ts";

export type Sums = Omit<JournalSum, "key" | "agentName">;

export const NO_SUMS: Sums = {
  calls: 0n,
  elapsedMs: 0n,
  inputTokens: 0n,
  outputTokens: 0n,
  chargedMicros: 0n,
  refundedMicros: 0n,
};

export function plus(a: Sums, b: Sums): Sums {
  return combined(a, b, 1n);
}

export function minus(a: Sums, b: Sums): Sums {
  return combined(a, b, -1n);
}

function combined(a: Sums, b: Sums, sign: bigint): Sums {
  return {
    calls: a.calls + sign * b.calls,
    elapsedMs: a.elapsedMs + sign * b.elapsedMs,
    inputTokens: a.inputTokens + sign * b.inputTokens,
    outputTokens: a.outputTokens + sign * b.outputTokens,
    chargedMicros: a.chargedMicros + sign * b.chargedMicros,
    refundedMicros: a.refundedMicros + sign * b.refundedMicros,
  };
}

export function isNothing(sums: Sums): boolean {
  return sums.calls === 0n && sums.chargedMicros === 0n && sums.refundedMicros === 0n;
}

export function toAmounts(sums: Sums): UsageAmounts {
  return {
    calls: sums.calls,
    seconds: toDecimal(sums.elapsedMs * 1_000n),
    inputTokens: sums.inputTokens,
    outputTokens: sums.outputTokens,
    charged: toDecimal(sums.chargedMicros),
    refunded: toDecimal(sums.refundedMicros),
    amount: toDecimal(sums.chargedMicros + sums.refundedMicros),
  };
}
