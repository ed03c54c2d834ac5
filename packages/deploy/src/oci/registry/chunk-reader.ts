/** Cuts a stream into pieces of a size, the last one shorter. */
export class ChunkReader {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #waiting: Uint8Array[] = [];
  #size = 0;
  #isDone = false;

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#iterator = bytes[Symbol.asyncIterator]();
  }

  /** Everything was read. */
  get isOver(): boolean {
    return this.#isDone && this.#size === 0;
  }

  /** Empty when there is no more. One chunk more than was asked for is in memory at most. */
  async read(length: number): Promise<Uint8Array> {
    // One byte further, to know whether this is the last piece.
    while (!this.#isDone && this.#size <= length) {
      const next = await this.#iterator.next();
      if (next.done === true) this.#isDone = true;
      else {
        this.#waiting.push(next.value);
        this.#size += next.value.length;
      }
    }
    const all = Buffer.concat(this.#waiting, this.#size);
    const piece = all.subarray(0, length);
    const rest = all.subarray(piece.length);
    this.#waiting = rest.length === 0 ? [] : [rest];
    this.#size = rest.length;
    return piece;
  }

  async close(): Promise<void> {
    if (!this.#isDone) await this.#iterator.return?.();
  }
}
