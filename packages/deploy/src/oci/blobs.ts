/** Bytes by digest, read and written as they come: a layer need not fit into memory. */
export interface BlobSource {
  /** Undefined when there is none. The bytes are checked against the digest by whoever keeps them. */
  open(digest: string): Promise<BlobContent | undefined>;
}

export interface BlobContent {
  readonly size: number;
  readonly bytes: AsyncIterable<Uint8Array>;
}

export interface BlobSink {
  /** The size of what is there, in bytes. */
  size(digest: string): Promise<number | undefined>;
  /**
   * Durable when it resolves. Nothing is kept of what breaks off, is larger than `maxBytes`, or has another digest than
   * `digest`, where that is known. @throws CONTENT_MISMATCH, REQUEST_TOO_LARGE
   */
  write(
    bytes: AsyncIterable<Uint8Array>,
    options: { readonly digest?: string; readonly maxBytes: number; readonly signal?: AbortSignal },
  ): Promise<{ readonly digest: string; readonly size: number }>;
}

/** Manifests and the bytes they name: what an image is read from and written to. */
export interface ImagePlace extends BlobSource, BlobSink {
  /** By `sha256:…` or by tag. */
  manifest(reference: string): Promise<ManifestBytes | undefined>;
  /** Everything it names must be there. Gives its digest. */
  putManifest(manifest: ManifestBytes, tag?: string): Promise<string>;
}

/** Exactly as it was written: its digest is over these bytes. */
export interface ManifestBytes {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}
