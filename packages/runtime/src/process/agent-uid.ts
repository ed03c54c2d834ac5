import { homeKey } from "../driver/base-folder.ts";

const FIRST_UID = 200_000;
const UIDS_PER_HOME = 4_096;
const HOMES = 8_192;
const BLOCKS: { readonly process: number; readonly container: number } = {
  process: 0,
  container: HOMES * UIDS_PER_HOME,
};

/** Host uids for agents. Two agents of a platform never share one; two homes on a machine practically never do. */
export class AgentUids {
  readonly first: number;
  readonly last: number;
  readonly #users = new Map<number, { readonly agentId: string; instances: number }>();

  /** `block`: of the driver; uids of one are never those of another. */
  constructor(home: string, block: keyof typeof BLOCKS = "process") {
    this.first = FIRST_UID + BLOCKS[block] + (Number.parseInt(homeKey(home).slice(0, 8), 16) % HOMES) * UIDS_PER_HOME;
    this.last = this.first + UIDS_PER_HOME - 1;
  }

  /** Undefined when all are in use. */
  take(agentId: string): number | undefined {
    let free: number | undefined;
    for (let uid = this.first; uid <= this.last; uid++) {
      const user = this.#users.get(uid);
      if (user === undefined) {
        free ??= uid;
      } else if (user.agentId === agentId) {
        user.instances++;
        return uid;
      }
    }
    if (free !== undefined) this.#users.set(free, { agentId, instances: 1 });
    return free;
  }

  release(uid: number): void {
    const user = this.#users.get(uid);
    if (user !== undefined && --user.instances === 0) this.#users.delete(uid);
  }
}
