/**
 * Where the master key is: it wraps the data key of each secret, and never leaves. A driver may be a file, an environment
 * variable or a key management service; what is asked of it is small enough for each of them.
 */
export interface KeyEncryption {
  /** The key that wraps now. It changes when the master key is rotated. */
  readonly keyId: string;
  /** `context` says what the data key is for; it must be the same to unwrap. */
  wrap(dataKey: Uint8Array, context: string): Promise<Uint8Array>;
  /** Also under earlier keys, as long as the driver still knows them. @throws Error for keys it does not know, or another context. */
  unwrap(wrapped: Uint8Array, keyId: string, context: string): Promise<Uint8Array>;
}
