/**
 * Content-addressed bytes. `digest` is `sha256:<hex>`. When `put` returns the bytes are durable. Who puts bytes here reserves them in the
 * WorkspaceStore first: what is reserved nowhere is not counted, and never collected unless somebody else's bytes are the
 * same.
 */
export interface BlobStore {
  /** The same bytes may be put twice. Returns their digest. */
  put(bytes: Uint8Array): Promise<string>;
  /** Undefined when there is none. @throws PlatformError STORE_UNAVAILABLE when the bytes do not match their digest. */
  get(digest: string): Promise<Uint8Array | undefined>;
  has(digest: string): Promise<boolean>;
  /** False when there was none. */
  delete(digest: string): Promise<boolean>;
}
