import { NO_USAGE } from "./caveat.ts";
import type { RunUsage } from "./caveat.ts";

/**
 * What runs under a limit have written. In memory: a run does not outlive the process that watches over it. Holds one
 * entry for each such run until it ends, and in it no more paths than the run may write.
 */
export class RunUsageBook {
  readonly #runs = new Map<string, { bytes: number; readonly paths: Set<string> }>();

  of(orgId: string, runId: string): RunUsage {
    return this.#runs.get(keyOf(orgId, runId)) ?? NO_USAGE;
  }

  add(orgId: string, runId: string, write: { readonly path?: string; readonly bytes: number }): void {
    const key = keyOf(orgId, runId);
    const usage = this.#runs.get(key) ?? { bytes: 0, paths: new Set<string>() };
    usage.bytes += write.bytes;
    if (write.path !== undefined) usage.paths.add(write.path);
    this.#runs.set(key, usage);
  }

  forget(orgId: string, runId: string): void {
    this.#runs.delete(keyOf(orgId, runId));
  }
}

function keyOf(orgId: string, runId: string): string {
  return `${orgId}/${runId}`;
}
