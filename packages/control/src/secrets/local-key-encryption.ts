import { createHash } from "node:crypto";
import type { KeyEncryption } from "./key-encryption.ts";
import { openBytes, sealBytes } from "./sealed-bytes.ts";
import type { RandomBytes } from "./sealed-bytes.ts";

const KEY_BYTES = 32;

/** Master keys in this process's memory, out of a file or the environment: the first wraps, the others only unwrap. */
export class LocalKeyEncryption implements KeyEncryption {
  readonly keyId: string;
  readonly #keys: ReadonlyMap<string, Uint8Array>;
  readonly #randomBytes: RandomBytes;

  /** @throws Error for a key that does not have 32 bytes */
  constructor(keys: readonly [Uint8Array, ...Uint8Array[]], randomBytes: RandomBytes) {
    if (keys.some((key) => key.length !== KEY_BYTES)) throw new Error(`a master key has ${KEY_BYTES} bytes`);
    this.keyId = keyIdOf(keys[0]);
    this.#keys = new Map(keys.map((key) => [keyIdOf(key), key]));
    this.#randomBytes = randomBytes;
  }

  async wrap(dataKey: Uint8Array, context: string): Promise<Uint8Array> {
    return sealBytes(dataKey, { key: this.#keyOf(this.keyId), context, randomBytes: this.#randomBytes });
  }

  async unwrap(wrapped: Uint8Array, keyId: string, context: string): Promise<Uint8Array> {
    return openBytes(wrapped, { key: this.#keyOf(keyId), context });
  }

  #keyOf(keyId: string): Uint8Array {
    const key = this.#keys.get(keyId);
    if (key === undefined) throw new Error(`the master key ${keyId} is not here`);
    return key;
  }
}

/** Says which key it is, and nothing about it. */
function keyIdOf(key: Uint8Array): string {
  return createHash("sha256").update("berth master key\0").update(key).digest("hex").slice(0, 16);
}
