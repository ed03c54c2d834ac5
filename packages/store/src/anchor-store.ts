/** That something outside the platform has seen a checkpoint. */
export interface AnchorRecord {
  /** Name of the sink, such as `file`. */
  readonly sink: string;
  /** Entries in the log that the checkpoint is of. */
  readonly size: number;
  readonly at: string;
  /** The signed note, without cosignatures. */
  readonly checkpoint: string;
  /** What the sink gave: the sink's affair, as JSON text. */
  readonly evidence: string;
}

/** For the whole installation, as the log is. */
export interface AnchorStore {
  /** Durable when it returns. The second of the same sink and size is not kept. */
  append(anchor: AnchorRecord): Promise<void>;
  /** Those of the largest logs first; of one size by sink. */
  list(limit: number): Promise<readonly AnchorRecord[]>;
  /** Of the largest log that the sink has seen. */
  newest(sink: string): Promise<AnchorRecord | undefined>;
}
