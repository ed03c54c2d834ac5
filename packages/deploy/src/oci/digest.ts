import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";

/** The one algorithm that is taken: every registry has it. */
const DIGEST = /^sha256:[0-9a-f]{64}$/;

export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

/** `sha256:…` of bytes that are in memory. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** Counts and hashes what goes through it. */
export class Meter {
  readonly #hash: Hash = createHash("sha256");
  #size = 0;
  #digest: string | undefined;

  async *through(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      this.add(chunk);
      yield chunk;
    }
  }

  add(chunk: Uint8Array): void {
    this.#size += chunk.length;
    this.#hash.update(chunk);
  }

  get size(): number {
    return this.#size;
  }

  /** Nothing may be added afterwards. */
  get digest(): string {
    return (this.#digest ??= `sha256:${this.#hash.digest("hex")}`);
  }
}
