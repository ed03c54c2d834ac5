/** Half open, in bytes. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

export interface LayerContent {
  /** Of all of it, also with a range. */
  readonly size: number;
  readonly bytes: AsyncIterable<Uint8Array>;
}

export interface LayerWrite {
  readonly digest?: string;
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

/** Large bytes by digest, such as image layers: streamed in and out, never whole in memory. Shared by all organizations. */
export interface LayerStore {
  /**
   * Undefined when there is none. `from` and `to` (exclusive) are byte offsets within its size. When the bytes that are
   * kept are damaged the stream errs before its last piece. @throws STORE_UNAVAILABLE
   */
  open(digest: string, range?: ByteRange): Promise<LayerContent | undefined>;
  size(digest: string): Promise<number | undefined>;
  /**
   * Durable when it resolves. Nothing is kept of what breaks off, is larger than `maxBytes` or has another digest than
   * `digest`. @throws CONTENT_MISMATCH, REQUEST_TOO_LARGE, CANCELED
   */
  write(
    bytes: AsyncIterable<Uint8Array>,
    options: LayerWrite,
  ): Promise<{ readonly digest: string; readonly size: number }>;
  /** False when there was none, or when it was written again since `writtenBefore`. */
  delete(digest: string, writtenBefore?: Date): Promise<boolean>;

  /** An upload in pieces; survives a restart. Gives its id. */
  beginUpload(): Promise<string>;
  /** Bytes it has, or undefined when there is no such upload. */
  uploadSize(uploadId: string): Promise<number | undefined>;
  /**
   * Appends at `offset`, which must be its size; what breaks off keeps what came, larger than `maxBytes` in all nothing.
   * Gives the new size. @throws CONTENT_MISMATCH for another offset or while another piece arrives, REQUEST_TOO_LARGE, CANCELED
   */
  append(
    uploadId: string,
    offset: number,
    bytes: AsyncIterable<Uint8Array>,
    options: { readonly maxBytes: number; readonly signal?: AbortSignal },
  ): Promise<number>;
  /** The upload becomes a layer. @throws CONTENT_MISMATCH; the upload stays. */
  finishUpload(uploadId: string, digest: string): Promise<{ readonly size: number }>;
  abortUpload(uploadId: string): Promise<boolean>;
  /** Removes uploads that nobody touched since. */
  dropUploads(before: Date): Promise<number>;
}
