import type { Fault } from "../runtime.ts";

/** Agents whose faults are kept; the one that was well longest goes first. */
const MAX_AGENTS = 1_000;
/** In characters. */
const MAX_OUTPUT = 8 * 1024;

interface Entry {
  readonly last: Fault;
  readonly restarts: number;
}

/** What last went wrong with an instance of each agent, and how many ended that way. */
export class FaultBook {
  readonly #agents = new Map<string, Entry>();

  /** `ended`: the instance is gone with it, so that a later one is a restart. */
  append(agentId: string, fault: Fault, { ended }: { readonly ended: boolean }): void {
    const restarts = (this.#agents.get(agentId)?.restarts ?? 0) + (ended ? 1 : 0);
    this.#agents.delete(agentId);
    this.#agents.set(agentId, { last: bounded(fault), restarts });
    if (this.#agents.size <= MAX_AGENTS) return;
    const [oldest] = this.#agents.keys();
    if (oldest !== undefined) this.#agents.delete(oldest);
  }

  of(agentId: string): Entry | undefined {
    return this.#agents.get(agentId);
  }
}

function bounded(fault: Fault): Fault {
  return fault.output.length <= MAX_OUTPUT ? fault : { ...fault, output: fault.output.slice(-MAX_OUTPUT) };
}
