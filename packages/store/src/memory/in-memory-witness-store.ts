import { PlatformError } from "@berth/protocol";
import type { WitnessPeer, WitnessStore, WitnessedLog } from "../witness-store.ts";
import type { InMemoryState } from "./in-memory-state.ts";

export class InMemoryWitnessStore implements WitnessStore {
  readonly #state: InMemoryState;
  readonly #logs = new Map<string, WitnessedLog>();
  readonly #peers = new Map<string, WitnessPeer>();

  constructor(state: InMemoryState) {
    this.#state = state;
  }

  async logs(): Promise<readonly WitnessedLog[]> {
    this.#state.assertOpen();
    return [...this.#logs.values()].sort((a, b) => (a.origin < b.origin ? -1 : 1));
  }

  async log(origin: string): Promise<WitnessedLog | undefined> {
    this.#state.assertOpen();
    return this.#logs.get(origin);
  }

  async addLog({ origin, vkey }: Pick<WitnessedLog, "origin" | "vkey">): Promise<void> {
    this.#state.assertOpen();
    if (this.#logs.has(origin)) throw new PlatformError("STORE_CONFLICT", `The log ${origin} is witnessed already.`);
    this.#logs.set(origin, { origin, vkey, size: 0, root: "" });
  }

  async removeLog(origin: string): Promise<boolean> {
    this.#state.assertOpen();
    return this.#logs.delete(origin);
  }

  async advance(
    origin: string,
    from: Pick<WitnessedLog, "size" | "root">,
    { size, root }: Pick<WitnessedLog, "size" | "root">,
  ): Promise<boolean> {
    this.#state.assertOpen();
    const log = this.#logs.get(origin);
    if (log === undefined || log.size !== from.size || log.root !== from.root) return false;
    this.#logs.set(origin, { ...log, size, root });
    return true;
  }

  async peers(): Promise<readonly WitnessPeer[]> {
    this.#state.assertOpen();
    return [...this.#peers.values()].sort((a, b) => (a.vkey < b.vkey ? -1 : 1));
  }

  async savePeer({ vkey, url }: WitnessPeer): Promise<void> {
    this.#state.assertOpen();
    this.#peers.set(vkey, { vkey, url });
  }

  async removePeer(vkey: string): Promise<boolean> {
    this.#state.assertOpen();
    return this.#peers.delete(vkey);
  }
}
