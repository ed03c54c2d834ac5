import type { TaskCaller } from "./task-store.ts";

/** One line per caller, in the order in which they are met first. */
export function callersOf(
  tasks: readonly { readonly principalId: string; readonly agentId?: string; readonly at: string }[],
): readonly TaskCaller[] {
  const callers = new Map<string, TaskCaller>();
  for (const { principalId, agentId, at } of tasks) {
    const key = JSON.stringify([principalId, agentId]);
    const known = callers.get(key) ?? {
      principalId,
      ...(agentId === undefined ? {} : { agentId }),
      calls: 0,
      lastAt: at,
    };
    callers.set(key, { ...known, calls: known.calls + 1, lastAt: at > known.lastAt ? at : known.lastAt });
  }
  return [...callers.values()];
}
