import { decimalAmount } from "./agent-config-values.ts";
import type { Parser } from "./validation/place.ts";

/** What a run of the agent costs its caller: the sum of the parts that are there. Decimal texts, never binary fractions. */
export interface AgentPriceConfig {
  readonly currency: "USD";
  readonly perCall?: string;
  /** Of the time between acceptance and end in which the run did not wait for its caller. */
  readonly perSecond?: string;
  /** Of tokens as the agent reports them. */
  readonly perMillionInputTokens?: string;
  readonly perMillionOutputTokens?: string;
  /** One run never costs more than this. */
  readonly maxPerCall?: string;
  /** What the platform keeps of it, 0 to 1. */
  readonly platformShare?: string;
}

const rate: Parser<string> = (value, place) =>
  typeof value === "string" && /^\d{1,6}(?:\.\d{1,9})?$/.test(value)
    ? value
    : place.report('must be a decimal text below 1000000 with at most 9 decimals, such as "0.0005"');

const share: Parser<string> = (value, place) =>
  typeof value === "string" && /^(?:0(?:\.\d{1,6})?|1(?:\.0{1,6})?)$/.test(value)
    ? value
    : place.report('must be a decimal text from 0 to 1 with at most 6 decimals, such as "0.2"');

const currency: Parser<"USD"> = (value, place) => (value === "USD" ? value : place.report("must be USD"));

export const DEFAULT_PRICE: AgentPriceConfig = { currency: "USD" };

/** A parser per key of `price`. */
export const PRICE_PARSERS: { readonly [K in keyof AgentPriceConfig]-?: Parser<NonNullable<AgentPriceConfig[K]>> } = {
  currency,
  perCall: rate,
  perSecond: rate,
  perMillionInputTokens: rate,
  perMillionOutputTokens: rate,
  maxPerCall: decimalAmount,
  platformShare: share,
};
