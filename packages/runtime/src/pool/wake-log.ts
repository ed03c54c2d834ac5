import type { Wake } from "../runtime.ts";

const MAX_WAKES = 100;
/** Agents whose wakes are kept; the one that was woken longest ago goes first. */
const MAX_AGENTS = 1_000;

/** Who woke which agent and why, the last ones of each. */
export class WakeLog {
  readonly #wakes = new Map<string, Wake[]>();

  append(wake: Wake): void {
    const wakes = this.#wakes.get(wake.agentId) ?? [];
    wakes.push(wake);
    if (wakes.length > MAX_WAKES) wakes.shift();
    // Deleting first moves the agent to the young end of the map.
    this.#wakes.delete(wake.agentId);
    this.#wakes.set(wake.agentId, wakes);
    if (this.#wakes.size <= MAX_AGENTS) return;
    const [oldest] = this.#wakes.keys();
    if (oldest !== undefined) this.#wakes.delete(oldest);
  }

  /** The last ones, newest first. */
  recent(agentId: string, limit: number): readonly Wake[] {
    return (this.#wakes.get(agentId) ?? []).slice(-limit).toReversed();
  }
}
