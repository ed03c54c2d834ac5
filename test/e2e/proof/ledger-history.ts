import { parseVerifierKey, verifyCheckpoint, verifyConsistency } from "@berth/ledger";
import type { Checkpoint, NoteKey } from "@berth/ledger";
import type { PlatformProcess } from "@berth/testing";

/** The log as a stranger knows it: the newest checkpoint that was ever served, of which every later one must be a continuation. */
export class LedgerHistory {
  readonly #key: NoteKey;
  #newest: Checkpoint | undefined;

  private constructor(key: NoteKey) {
    this.#key = key;
  }

  static async of(platform: PlatformProcess): Promise<LedgerHistory> {
    const keys = (await (await platform.fetch("/ledger/keys")).json()) as { log: { vkey: string } };
    return new LedgerHistory(parseVerifierKey(keys.log.vkey));
  }

  get size(): number {
    return this.#newest?.size ?? 0;
  }

  /** Takes in what the platform serves now. @throws LedgerError when it is not a continuation of what it served before */
  async follow(platform: PlatformProcess): Promise<void> {
    const response = await platform.fetch("/ledger/checkpoint");
    if (response.status === 404 && this.#newest === undefined) return;
    if (response.status !== 200) throw new Error(`the checkpoint is answered with ${response.status}`);
    const next = await verifyCheckpoint(await response.text(), this.#key);
    const last = this.#newest;
    if (last !== undefined) {
      const path = `/ledger/consistency?from=${last.size}&to=${next.size}`;
      if (next.size < last.size) throw new Error(`the log had ${last.size} entries and has ${next.size}`);
      const { proof } = (await (await platform.fetch(path)).json()) as { proof: readonly string[] };
      verifyConsistency({
        fromSize: last.size,
        fromRoot: last.root,
        toSize: next.size,
        toRoot: next.root,
        proof: proof.map((hash) => Buffer.from(hash, "base64")),
      });
    }
    this.#newest = next;
  }
}
