import type { Agent } from "../../api/types.ts";

export const KINDS = ["deployed", "remote", "attached"] as const;
export const STATES = [
  "ready",
  "sleeping",
  "starting",
  "draining",
  "remote",
  "drifted",
  "attached",
  "detached",
  "failing",
] as const;

/** Its last instance ended badly and nothing runs well since. */
export function isFailing({ health, state }: Pick<Agent, "health" | "state">): boolean {
  return health?.reason !== undefined && state !== "ready";
}

/** What the platform cannot be asked for: the state is of this moment. */
export function ofState(agents: readonly Agent[], state: string | undefined): readonly Agent[] {
  if (state === undefined || state === "") return agents;
  return agents.filter((agent) => (state === "failing" ? isFailing(agent) : agent.state === state));
}

/** Each tag once, the frequent ones first. */
export function tagsOf(agents: readonly Agent[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const tag of agents.flatMap(({ tags }) => tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts].toSorted(([a, n], [b, m]) => m - n || a.localeCompare(b)).map(([tag]) => tag);
}
