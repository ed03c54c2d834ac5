import { PlatformError } from "@berth/protocol";
import { abortError } from "../pool/abort-error.ts";
import type { Timers } from "../pool/timers.ts";
import type { AttachedLink, AttachedPeer, AttachedView } from "./attached-link.ts";

/** How long calls wait for a machine whose connection broke. */
export const ATTACHED_GRACE_MS = 10_000;
/** Machines notice a restart of the platform a little later than the platform does. */
const START_GRACE_MS = 15_000;
/** Agents of which it is known who was attached last. */
const MAX_AGENTS = 1_000;

const TAKEN_OVER = "another machine has taken over";

interface Place {
  view: AttachedView;
  link?: AttachedLink | undefined;
  /** `lost`: ends the wait. */
  cancelGrace?: (() => void) | undefined;
}

interface Waiter {
  readonly resolve: (link: AttachedLink) => void;
  readonly reject: (error: Error) => void;
}

/** Which link leads to which agent, and who waits for one to come back. */
export class AttachedLinks {
  readonly #timers: Timers;
  readonly #places = new Map<string, Place>();
  readonly #waiters = new Map<string, Set<Waiter>>();
  readonly #startedAt: number;

  constructor(timers: Timers) {
    this.#timers = timers;
    this.#startedAt = timers.now();
  }

  view(agentId: string): AttachedView | undefined {
    return this.#places.get(agentId)?.view;
  }

  connect({ agentId, session, machine, instanceId }: AttachedPeer, link: AttachedLink): void {
    const before = this.#places.get(agentId);
    before?.cancelGrace?.();
    before?.link?.close("another connection has taken its place");
    // Calls that wait do so for the machine they were with.
    if (before !== undefined && before.view.session !== session) this.#refuse(agentId, TAKEN_OVER);
    this.#places.delete(agentId);
    const view = { state: "attached", machine, session, linkId: instanceId, since: this.#now() } as const;
    this.#places.set(agentId, { view, link });
    this.#bound();
    for (const { resolve } of this.#take(agentId)) resolve(link);
  }

  /** Nothing to do when another link is there by now. */
  end(agentId: string, link: AttachedLink, how: "lost" | "detached"): void {
    const place = this.#places.get(agentId);
    if (place?.link !== link) return;
    place.link = undefined;
    place.view = { ...place.view, state: how, since: this.#now() };
    if (how === "detached") return this.#refuse(agentId, "its machine has detached");
    place.cancelGrace = this.#timers.after(ATTACHED_GRACE_MS, () => {
      place.cancelGrace = undefined;
      place.view = { ...place.view, state: "detached" };
      this.#refuse(agentId, `its machine did not come back within ${ATTACHED_GRACE_MS / 1_000} s`);
    });
  }

  /** The agent is no more. */
  remove(agentId: string): void {
    const place = this.#places.get(agentId);
    if (place === undefined) return;
    place.cancelGrace?.();
    this.#places.delete(agentId);
    place.link?.close("the agent was removed");
    this.#refuse(agentId, "it was removed");
  }

  /** @throws AGENT_UNREACHABLE when nobody is there, nor to be waited for */
  assertReachable(agentId: string): void {
    const place = this.#places.get(agentId);
    if (place === undefined ? this.#startLeftMs() > 0 : place.view.state !== "detached") return;
    throw unreachable("nobody is attached");
  }

  /**
   * The link of now, or the one that comes back in time; of this session only, where one is named: another machine knows
   * nothing of its tasks. @throws AGENT_UNREACHABLE, the signal's reason
   */
  async ready(agentId: string, signal: AbortSignal, session?: string): Promise<AttachedLink> {
    if (signal.aborted) throw abortError(signal);
    const place = this.#places.get(agentId);
    if (session !== undefined && place !== undefined && place.view.session !== session) throw unreachable(TAKEN_OVER);
    if (place?.link !== undefined) return place.link;
    this.assertReachable(agentId);
    const leftMs = this.#startLeftMs();
    return await new Promise((resolve, reject) => {
      const cancelWait =
        place === undefined
          ? this.#timers.after(leftMs, () => settle(() => reject(unreachable("nobody has attached"))))
          : () => {};
      const settle = (then: () => void): void => {
        cancelWait();
        signal.removeEventListener("abort", onAbort);
        this.#waiters.get(agentId)?.delete(waiter);
        then();
      };
      const onAbort = (): void => settle(() => reject(abortError(signal)));
      const waiter: Waiter = {
        resolve: (link) => settle(() => resolve(link)),
        reject: (error) => settle(() => reject(error)),
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiters.set(agentId, (this.#waiters.get(agentId) ?? new Set()).add(waiter));
    });
  }

  #startLeftMs(): number {
    return this.#startedAt + START_GRACE_MS - this.#timers.now();
  }

  #refuse(agentId: string, why: string): void {
    for (const { reject } of this.#take(agentId)) reject(unreachable(why));
  }

  #take(agentId: string): readonly Waiter[] {
    const waiters = [...(this.#waiters.get(agentId) ?? [])];
    this.#waiters.delete(agentId);
    return waiters;
  }

  #now(): string {
    return new Date(this.#timers.now()).toISOString();
  }

  #bound(): void {
    if (this.#places.size <= MAX_AGENTS) return;
    for (const [agentId, { view }] of this.#places) {
      if (view.state !== "detached") continue;
      this.#places.delete(agentId);
      return;
    }
  }
}

function unreachable(why: string): PlatformError {
  return new PlatformError(
    "AGENT_UNREACHABLE",
    `The agent runs on a developer's machine and cannot be reached: ${why}.`,
    {
      hint: "Whoever develops it attaches it again with `a2a dev`.",
    },
  );
}
