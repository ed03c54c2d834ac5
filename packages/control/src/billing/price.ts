import type { AgentPriceConfig } from "@berth/protocol";
import { toMicros } from "../limits/decimal.ts";
import { canonicalText } from "../receipts/canonical-text.ts";
import { digestOf } from "../receipts/node-sha256.ts";
import { divideHalfEven } from "./round-half-even.ts";

/** A release's price. Rates are in billionths, so that every product of a rate and a count is a whole number. */
export interface Price {
  /** Hash of the price's JCS text: equal prices have equal versions, whichever release says them. */
  readonly version: string;
  readonly perCall: bigint;
  readonly perSecond: bigint;
  readonly perMillionInputTokens: bigint;
  readonly perMillionOutputTokens: bigint;
  readonly maxMicros: bigint;
  readonly platformShare: bigint;
}

/** What a run used. */
export interface RunUse {
  readonly elapsedMs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

const NANOS = 1_000_000_000n;
const NANOS_PER_MICRO = 1_000n;
const MILLION = 1_000_000n;
/**
 * A million dollars: whatever an agent claims to have used, one run costs no more. It also keeps the sums of a year of
 * such runs far below what the database counts to.
 */
const MOST_MICROS = 1_000_000_000_000n;

/** Throws for texts that `parseAgentConfig` does not let through: that is a bug. */
export function parsePrice(config: AgentPriceConfig): Price {
  const { maxPerCall } = config;
  const own = maxPerCall === undefined ? MOST_MICROS : BigInt(toMicros(maxPerCall) ?? 0);
  return {
    version: digestOf(canonicalText(config)),
    perCall: toNanos(config.perCall),
    perSecond: toNanos(config.perSecond),
    perMillionInputTokens: toNanos(config.perMillionInputTokens),
    perMillionOutputTokens: toNanos(config.perMillionOutputTokens),
    maxMicros: own < MOST_MICROS ? own : MOST_MICROS,
    platformShare: toNanos(config.platformShare),
  };
}

/** Millionths. Exact until it is rounded, once, half to even. */
export function amountOf(price: Price, { elapsedMs, inputTokens, outputTokens }: RunUse): bigint {
  const millionths =
    price.perCall * MILLION +
    price.perSecond * BigInt(elapsedMs) * (MILLION / 1_000n) +
    price.perMillionInputTokens * BigInt(inputTokens) +
    price.perMillionOutputTokens * BigInt(outputTokens);
  const amount = divideHalfEven(millionths, MILLION * NANOS_PER_MICRO);
  return amount < price.maxMicros ? amount : price.maxMicros;
}

/** The platform's part of an amount; the rest is the owner's, so that both together are the amount. */
export function platformPart({ platformShare }: Price, amountMicros: bigint): bigint {
  return divideHalfEven(amountMicros * platformShare, NANOS);
}

function toNanos(decimal = "0"): bigint {
  const [, whole, fraction = ""] = /^(\d{1,6})(?:\.(\d{1,9}))?$/.exec(decimal) ?? [];
  if (whole === undefined) throw new Error(`${decimal} is no rate`);
  return BigInt(whole) * NANOS + BigInt(fraction.padEnd(9, "0"));
}
