import { LedgerError, encodeBase64, findCosignature, parseCheckpointText, parseWitnessKey } from "@berth/ledger";
import { isPlatformError } from "@berth/protocol";
import type { OutboundHttp } from "@berth/runtime";
import type { WitnessPeer, WitnessStore } from "@berth/store";

/** At most this often a witness is asked, however many checkpoints there are. */
const ASK_MS = 1000;
const TIMEOUT_MS = 5000;
const MAX_ANSWER = 16_384;

export interface AskWitnessesOptions {
  readonly store: WitnessStore;
  readonly outbound: Pick<OutboundHttp, "request">;
  readonly ledger: {
    readonly checkpoint: () => Promise<string | undefined>;
    readonly consistency: (from: number, to: number) => Promise<readonly Uint8Array[]>;
  };
  readonly log: (line: string) => void;
}

/** A checkpoint with all its signatures. */
export interface CosignedCheckpoint {
  readonly size: number;
  readonly note: string;
}

interface Cosigned {
  readonly size: number;
  /** The signed text of the note. */
  readonly text: string;
  readonly line: string;
}

/** Asks the configured witnesses for cosignatures and keeps the newest of each. Life: made → `notify` … → `close`. */
export class AskWitnesses {
  readonly #options: AskWitnessesOptions;
  /** By the witness's key. */
  readonly #cosigned = new Map<string, Cosigned>();
  readonly #failing = new Set<string>();
  /** Of the last round in which anybody signed. */
  #complete: CosignedCheckpoint | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: AskWitnessesOptions) {
    this.#options = options;
  }

  /** There is a new checkpoint. Cheap, never throws. */
  notify(): void {
    if (this.#closed || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.ask();
    }, ASK_MS);
  }

  /** Every witness once, one round at a time. Never throws. */
  async ask(): Promise<void> {
    const round = this.#running.then(async () => await this.#round());
    this.#running = round;
    await round;
  }

  /** The checkpoint with the cosignatures that are for it. */
  published(note: string): string {
    const text = textOf(note);
    const lines = [...this.#cosigned.values()].filter((each) => each.text === text).map(({ line }) => line);
    return note + lines.join("");
  }

  /** The newest that witnesses have signed, with all signatures of that round. */
  get cosigned(): CosignedCheckpoint | undefined {
    return this.#complete;
  }

  /** Leaves below this are in a log that a witness has signed for. */
  get witnessedSize(): number {
    return Math.max(0, ...[...this.#cosigned.values()].map(({ size }) => size));
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #round(): Promise<void> {
    try {
      const { store, ledger } = this.#options;
      const [peers, note] = await Promise.all([store.peers(), ledger.checkpoint()]);
      for (const vkey of this.#cosigned.keys()) {
        if (!peers.some((peer) => peer.vkey === vkey)) this.#cosigned.delete(vkey);
      }
      if (peers.length === 0) this.#complete = undefined;
      if (note === undefined) return;
      await Promise.all(peers.map(async (peer) => await this.#askOne(peer, note)));
      const signed = this.published(note);
      if (signed !== note) this.#complete = { note: signed, size: parseCheckpointText(textOf(note)).size };
    } catch (error) {
      this.#options.log(`witnesses were not asked: ${String(error)}`);
    }
  }

  async #askOne(peer: WitnessPeer, note: string): Promise<void> {
    try {
      const text = textOf(note);
      const { size } = parseCheckpointText(text);
      const known = this.#cosigned.get(peer.vkey)?.size ?? 0;
      const first = await this.#post(peer, note, known, size);
      const answer = first.status === 409 ? await this.#again(peer, note, size, first.body) : first;
      if (answer.status !== 200) throw new Error(`it answered ${answer.status}: ${answer.body.slice(0, 200)}`);
      const cosignature = await findCosignature(answer.body, text, parseWitnessKey(peer.vkey));
      if (cosignature === undefined) throw new LedgerError("note", "the witness did not sign");
      this.#cosigned.set(peer.vkey, { size, text, line: cosignature.line });
      if (this.#failing.delete(peer.vkey)) this.#options.log(`the witness ${peer.url} signs again`);
    } catch (error) {
      // Once per outage.
      if (!this.#failing.has(peer.vkey)) this.#options.log(`the witness ${peer.url} did not sign: ${describe(error)}`);
      this.#failing.add(peer.vkey);
    }
  }

  async #again(peer: WitnessPeer, note: string, size: number, said: string): Promise<Answer> {
    const at = /^\d{1,15}\n?$/.test(said) ? Number(said) : Number.NaN;
    // It has signed for more than there is: of another history, or of one that we have lost.
    if (!(at <= size)) throw new Error(`it has seen ${said.trim()} entries, and there are ${size}`);
    return await this.#post(peer, note, at, size);
  }

  async #post({ url }: WitnessPeer, note: string, from: number, to: number): Promise<Answer> {
    const { ledger, outbound } = this.#options;
    const proof = (await ledger.consistency(from, to)).map((hash) => `${encodeBase64(hash)}\n`);
    const { status, body } = await outbound.request({
      method: "POST",
      url: `${url}/add-checkpoint`,
      headers: { "content-type": "text/plain; charset=utf-8" },
      body: `old ${from}\n${proof.join("")}\n${note}`,
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_ANSWER,
    });
    return { status, body: body.toString("utf8") };
  }
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

function textOf(note: string): string {
  return note.slice(0, note.lastIndexOf("\n\n") + 1);
}

function describe(error: unknown): string {
  if (isPlatformError(error) || error instanceof LedgerError) return error.message;
  return error instanceof Error ? error.message : String(error);
}
