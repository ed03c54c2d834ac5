/** A log that this platform cosigns, and how far it has seen it. */
export interface WitnessedLog {
  readonly origin: string;
  /** Verifier key of the log. */
  readonly vkey: string;
  /** 0: nothing of it was cosigned yet. */
  readonly size: number;
  /** Base64; empty for size 0. */
  readonly root: string;
}

/** A witness that this platform asks for cosignatures. */
export interface WitnessPeer {
  /** Its verifier key (cosignature/v1). */
  readonly vkey: string;
  /** Address of its submission prefix, without a trailing slash. */
  readonly url: string;
}

/** For the whole installation, as the log is. */
export interface WitnessStore {
  logs(): Promise<readonly WitnessedLog[]>;
  log(origin: string): Promise<WitnessedLog | undefined>;
  /** @throws STORE_CONFLICT when the origin is known. */
  addLog(log: Pick<WitnessedLog, "origin" | "vkey">): Promise<void>;
  /** False when there is none. Its size is forgotten: whoever adds it again begins anew. */
  removeLog(origin: string): Promise<boolean>;
  /** One transaction, durable when it returns: from this size and root to that. False when the log is elsewhere. */
  advance(
    origin: string,
    from: Pick<WitnessedLog, "size" | "root">,
    to: Pick<WitnessedLog, "size" | "root">,
  ): Promise<boolean>;
  peers(): Promise<readonly WitnessPeer[]>;
  /** Replaces one with the same key. */
  savePeer(peer: WitnessPeer): Promise<void>;
  removePeer(vkey: string): Promise<boolean>;
}
