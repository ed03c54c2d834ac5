import type { Parser } from "./validation/place.ts";
import { integerIn } from "./agent-config-values.ts";
import { listOf, oneOf } from "./validation/values.ts";

/** For whom an agent remembers: for the principal of a run alone, or for everybody who calls it. */
export const MEMORY_SCOPES = ["user", "agent"] as const;
export type MemoryScope = (typeof MEMORY_SCOPES)[number];

/** What runs may remember, in `berth.json`. */
export interface AgentMemoryConfig {
  /** Default: `user`. */
  readonly scopes: readonly MemoryScope[];
  /** In each space: of one principal, or the one for everybody. */
  readonly maxItems: number;
  /** How long an item lives at most; absent: until it is deleted. */
  readonly ttlDays?: number;
}

/** Also of releases from before there was memory. */
export const DEFAULT_MEMORY_CONFIG: AgentMemoryConfig = { scopes: ["user"], maxItems: 10_000 };

export const MEMORY_PARSERS: { readonly [K in keyof AgentMemoryConfig]-?: Parser<NonNullable<AgentMemoryConfig[K]>> } =
  {
    scopes: listOf(oneOf(MEMORY_SCOPES), { max: MEMORY_SCOPES.length }),
    maxItems: integerIn(1, 100_000),
    ttlDays: integerIn(1, 36_500),
  };
