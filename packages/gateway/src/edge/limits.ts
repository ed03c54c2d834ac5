/** Bounds of the edge. Every number may be lowered in a test; none may be switched off. */
export interface Limits {
  /** A JSON body. */
  readonly maxBodyBytes: number;
  /** The archive of a deployment. */
  readonly maxArchiveBytes: number;
  /** Nested objects and arrays in a JSON body. */
  readonly maxJsonDepth: number;
  /** SSE streams open at once, over all callers. */
  readonly maxStreams: number;
  /** Silence on a stream after which a comment is sent, so that proxies keep it open. */
  readonly heartbeatMs: number;
  /** What may wait in memory for a slow reader when something else arrives for it. */
  readonly maxStreamBufferBytes: number;
  /** A reader that takes nothing for this long is cut. */
  readonly streamStallMs: number;
  /** How long a blocking send waits for its turn before it answers with the task as it is. */
  readonly blockingTimeoutMs: number;
  /** How long `/invoke` waits for the receipt of a finished run. */
  readonly receiptWaitMs: number;
  readonly headersTimeoutMs: number;
  /** From the first byte of a request to its last. */
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
}

export const DEFAULT_LIMITS: Limits = {
  maxBodyBytes: 10 * 1024 * 1024,
  maxArchiveBytes: 64 * 1024 * 1024,
  maxJsonDepth: 64,
  maxStreams: 10_000,
  heartbeatMs: 15_000,
  maxStreamBufferBytes: 1024 * 1024,
  streamStallMs: 30_000,
  blockingTimeoutMs: 300_000,
  receiptWaitMs: 2_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 120_000,
  // Longer than the idle timeout of common proxies (60 s), so that it is they who close first.
  keepAliveTimeoutMs: 65_000,
};
