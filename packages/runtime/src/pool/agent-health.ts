import type { AgentHealth, Fault, InstanceView } from "../runtime.ts";

export interface Seen {
  readonly views: readonly Pick<InstanceView, "state">[];
  readonly troubles: readonly ({ readonly state: "failing" | "crashlooping"; readonly waitMs: number } | undefined)[];
  readonly now: number;
}

/** The best that is true of an agent: one release that serves is enough. */
export function agentHealth(
  { views, troubles, now }: Seen,
  faults: { readonly last: Fault; readonly restarts: number } | undefined,
): AgentHealth {
  const told = {
    restarts: faults?.restarts ?? 0,
    ...(faults === undefined ? {} : { fault: faults.last }),
  };
  const has = (state: InstanceView["state"]): boolean => views.some((view) => view.state === state);
  for (const state of ["ready", "starting"] as const) if (has(state)) return { state, ...told };
  const trouble =
    troubles.find((each) => each?.state === "crashlooping") ?? troubles.find((each) => each !== undefined);
  if (trouble !== undefined) {
    return { state: trouble.state, retryAt: new Date(now + trouble.waitMs).toISOString(), ...told };
  }
  return { state: has("draining") ? "draining" : "sleeping", ...told };
}
