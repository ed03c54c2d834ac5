/** What is read of the engine's answers. An engine is trusted, but there are several, and many versions of each. */

export interface ContainerState {
  readonly exitCode: number | null;
  readonly outOfMemory: boolean;
}

export interface ContainerUsage {
  readonly rssBytes: number;
  readonly cpuMs: number;
  readonly processes: number;
}

/** A value below `names`, undefined where one of them is missing. */
export function dig(value: unknown, ...names: readonly string[]): unknown {
  let found = value;
  for (const name of names) {
    if (typeof found !== "object" || found === null) return undefined;
    // Any object may be read by name.
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}

export function text(value: unknown, ...names: readonly string[]): string {
  const found = dig(value, ...names);
  return typeof found === "string" ? found : "";
}

export function count(value: unknown, ...names: readonly string[]): number {
  const found = dig(value, ...names);
  return typeof found === "number" ? found : 0;
}

export function list(value: unknown, ...names: readonly string[]): readonly unknown[] {
  const found = dig(value, ...names);
  return Array.isArray(found) ? found : [];
}

/** Of GET /containers/{id}/json. */
export function stateOf(inspected: unknown): ContainerState {
  const code = dig(inspected, "State", "ExitCode");
  return {
    exitCode: typeof code === "number" ? code : null,
    outOfMemory: dig(inspected, "State", "OOMKilled") === true,
  };
}

/** Of GET /containers/{id}/stats. Files that were read once and may be forgotten are not the container's own memory. */
export function usageOf(stats: unknown): ContainerUsage {
  const memory = dig(stats, "memory_stats");
  const forgettable = count(memory, "stats", "total_inactive_file") || count(memory, "stats", "inactive_file");
  return {
    rssBytes: Math.max(0, count(memory, "usage") - forgettable),
    cpuMs: count(stats, "cpu_stats", "cpu_usage", "total_usage") / 1e6,
    processes: count(stats, "pids_stats", "current"),
  };
}
