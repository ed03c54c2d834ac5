import { isWithin } from "@berth/protocol";
import type { Approval, Grant } from "./approval.ts";

export interface AskedScope {
  readonly kind: "read" | "write";
  readonly pattern: string;
  /** `held`: the run has it already; `new`: approving adds it. */
  readonly status: "held" | "new";
}

/** What approving would add to what the run holds now. A pattern that cannot be compared counts as new. */
export function scopeDiff(
  asked: Pick<Approval, "read" | "write">,
  held: Grant["scope"] | undefined,
): readonly AskedScope[] {
  const reads = asked.read.map((pattern) => ({
    kind: "read" as const,
    pattern,
    status: lies(pattern, held?.read ?? []) ? ("held" as const) : ("new" as const),
  }));
  if (asked.write === undefined) return reads;
  const holds = held?.write !== undefined && asked.write.startsWith(held.write);
  return [...reads, { kind: "write", pattern: asked.write, status: holds ? "held" : "new" }];
}

/** The newest that holds; of a run that is over, the newest. */
export function presentGrant(grants: readonly Grant[]): Grant | undefined {
  return grants.findLast(({ valid }) => valid) ?? grants.at(-1);
}

/** Why a narrowed list would be refused; undefined when it is fine. */
export function narrowingProblem(
  narrowed: readonly string[],
  asked: readonly string[],
  writes: boolean,
): string | undefined {
  if (narrowed.length === 0) return writes ? undefined : "Nothing is left to allow; deny it instead.";
  const beyond = narrowed.find((pattern) => !asked.includes(pattern) && !lies(pattern, asked));
  return beyond === undefined ? undefined : `${beyond} is more than was asked for.`;
}

function lies(pattern: string, within: readonly string[]): boolean {
  try {
    return isWithin([pattern], within);
  } catch {
    return within.includes(pattern);
  }
}
