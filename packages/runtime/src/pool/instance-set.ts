import type { InstanceView } from "../runtime.ts";
import type { ReleaseSpec } from "../sandbox-driver.ts";
import type { Candidate } from "./eviction.ts";
import { viewOf } from "./instance-views.ts";
import type { PooledInstance } from "./pooled-instance.ts";

/** The instances of one release that run, and those that are being stopped. */
export class InstanceSet {
  readonly #members = new Map<string, PooledInstance>();
  readonly #stopping = new Map<string, PooledInstance>();

  /** Running ones. */
  get size(): number {
    return this.#members.size;
  }

  get isEmpty(): boolean {
    return this.#members.size + this.#stopping.size === 0;
  }

  /** Of instances on their way out. */
  get leavingMb(): number {
    let sum = 0;
    for (const { memoryMb } of this.#stopping.values()) sum += memoryMb;
    for (const { memoryMb, retiring } of this.#members.values()) if (retiring) sum += memoryMb;
    return sum;
  }

  /** Of instances that take new calls. */
  get load(): { readonly serving: number; readonly active: number } {
    let [serving, active] = [0, 0];
    for (const member of this.#members.values()) {
      if (member.retiring) continue;
      serving += 1;
      active += member.active;
    }
    return { serving, active };
  }

  add(member: PooledInstance): void {
    this.#members.set(member.instance.instanceId, member);
  }

  has(instanceId: string): boolean {
    return this.#members.has(instanceId);
  }

  find(instanceId: string): PooledInstance | undefined {
    return this.#members.get(instanceId);
  }

  running(): readonly PooledInstance[] {
    return [...this.#members.values()];
  }

  leastLoaded(): PooledInstance | undefined {
    let best: PooledInstance | undefined;
    for (const member of this.#members.values()) {
      if (!member.retiring && (best === undefined || member.active < best.active)) best = member;
    }
    return best;
  }

  async stop(member: PooledInstance, graceMs: number): Promise<void> {
    const { instanceId } = member.instance;
    member.cancelIdle();
    this.#members.delete(instanceId);
    this.#stopping.set(instanceId, member);
    await member.instance.stop(graceMs);
  }

  /** It is gone. Returns whether it was being stopped. */
  remove(member: PooledInstance): boolean {
    const { instanceId } = member.instance;
    member.gone();
    this.#members.delete(instanceId);
    return this.#stopping.delete(instanceId);
  }

  async stopped(): Promise<void> {
    await Promise.all([...this.#stopping.values()].map(async ({ instance }) => await instance.exited));
  }

  views(spec: ReleaseSpec, { draining }: { readonly draining: boolean }): readonly InstanceView[] {
    return [
      ...this.running().map((member) => viewOf(spec, member, draining || member.retiring ? "draining" : "ready")),
      ...[...this.#stopping.values()].map((member) => viewOf(spec, member, "draining")),
    ];
  }

  /** What may be stopped for others. `kept`: how many are not to be. */
  candidates(
    { orgId }: ReleaseSpec,
    given: { readonly kept: number; readonly isLeft: boolean; readonly leave: (member: PooledInstance) => void },
  ): readonly Candidate[] {
    const isKept = this.load.serving <= given.kept;
    return this.running()
      .filter((member) => !member.held && !member.retiring)
      .map((member) => ({
        orgId,
        memoryMb: member.memoryMb,
        active: member.active,
        lastUsedAt: member.lastUsedAt,
        isLeft: given.isLeft,
        isKept,
        leave: () => given.leave(member),
      }));
  }
}
