/** What a sink gave for a checkpoint. */
export type Evidence =
  | {
      readonly type: "rfc3161";
      /** When, by the authority's clock. */
      readonly time: string;
      /** The DER of the whole answer, base64: `openssl ts -verify` reads it. */
      readonly response: string;
    }
  | {
      readonly type: "log";
      /** Of that log; the proof holds under it. */
      readonly vkey: string;
      /** The leaf there. */
      readonly entry: string;
      /** C2SP tlog-proof of the leaf. */
      readonly proof: string;
    }
  | { readonly type: "file" };

/**
 * A place outside the platform that remembers checkpoints, so that a log that was replaced can be told from the one
 * that was there. Called with one checkpoint at a time, never twice with the same after it succeeded.
 */
export interface AnchorSink {
  /** Does not change: what was anchored is found by it. */
  readonly name: string;
  /** Ends by itself within 10 s. Durable there when it returns. `checkpoint` is a signed note. @throws Error */
  anchor(checkpoint: string): Promise<Evidence>;
}

export interface Anchor {
  readonly sink: string;
  readonly size: number;
  readonly at: string;
  readonly checkpoint: string;
  readonly evidence: Evidence;
}

export interface Anchors {
  /** The newest hundred. Public, as the log is. */
  list(): Promise<readonly Anchor[]>;
}
