import { createHmac } from "node:crypto";

/**
 * The macaroon construction (Birgisson et al., NDSS 2014) as libmacaroons has it, first-party caveats only, without a
 * location. Each caveat's HMAC is made with the signature before it: whoever holds a token can add a caveat, nobody
 * without the root key can take one away.
 */
export interface Macaroon {
  readonly identifier: Uint8Array;
  readonly caveats: readonly Uint8Array[];
  /** 32 bytes. */
  readonly signature: Uint8Array;
}

const SIGNATURE_BYTES = 32;
/** Chosen by libmacaroons, so that its key derivation gives the same keys. */
const KEY_GENERATOR = "macaroons-key-generator";

/** The key of the first HMAC, out of a root key of any length. */
export function macaroonKey(rootKey: Uint8Array): Uint8Array {
  return hmac(KEY_GENERATOR, rootKey);
}

/** `key` is made by `macaroonKey`. */
export function chainSignature(key: Uint8Array, identifier: Uint8Array, caveats: readonly Uint8Array[]): Uint8Array {
  return caveats.reduce((signature, caveat) => hmac(signature, caveat), hmac(key, identifier));
}

function hmac(key: string | Uint8Array, data: Uint8Array): Uint8Array {
  return createHmac("sha256", key).update(data).digest();
}

const VERSION = 2;
/** Fields of the V2 binary format. There are others, for locations and third-party caveats: they are refused. */
const Field = { End: 0, Identifier: 2, Signature: 6 } as const;

/** V2 binary format: version, identifier, end; for each caveat identifier, end; end; signature. */
export function encodeMacaroon({ identifier, caveats, signature }: Macaroon): Uint8Array {
  const end = Uint8Array.of(Field.End);
  return Buffer.concat([
    Uint8Array.of(VERSION),
    ...field(Field.Identifier, identifier),
    end,
    ...caveats.flatMap((caveat) => [...field(Field.Identifier, caveat), end]),
    end,
    ...field(Field.Signature, signature),
  ]);
}

function field(type: number, data: Uint8Array): readonly Uint8Array[] {
  return [Uint8Array.of(type), encodeLength(data.length), data];
}

function encodeLength(length: number): Uint8Array {
  const bytes: number[] = [];
  let rest = length;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Uint8Array.of(...bytes, rest);
}

/**
 * The inverse of `encodeMacaroon` and of nothing else: what has another spelling is refused. Attacker-controlled.
 * @returns undefined for anything that `encodeMacaroon` does not write.
 */
export function decodeMacaroon(bytes: Uint8Array, maxCaveats: number): Macaroon | undefined {
  const reader = new Reader(bytes);
  if (reader.byte() !== VERSION) return undefined;
  const identifier = reader.field(Field.Identifier);
  if (identifier === undefined || reader.byte() !== Field.End) return undefined;
  const caveats: Uint8Array[] = [];
  while (reader.peek() === Field.Identifier) {
    const caveat = reader.field(Field.Identifier);
    if (caveat === undefined || reader.byte() !== Field.End || caveats.length === maxCaveats) return undefined;
    caveats.push(caveat);
  }
  if (reader.byte() !== Field.End) return undefined;
  const signature = reader.field(Field.Signature);
  if (signature?.length !== SIGNATURE_BYTES || reader.peek() !== undefined) return undefined;
  return { identifier, caveats, signature };
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  peek(): number | undefined {
    return this.#bytes[this.#at];
  }

  byte(): number | undefined {
    const byte = this.peek();
    this.#at += 1;
    return byte;
  }

  field(type: number): Uint8Array | undefined {
    if (this.byte() !== type) return undefined;
    const length = this.#length();
    if (length === undefined || this.#at + length > this.#bytes.length) return undefined;
    const data = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return data;
  }

  /** At most two bytes, 16,383: more than a token may have. The shortest form only. */
  #length(): number | undefined {
    const first = this.byte() ?? 0x80;
    if (first < 0x80) return first;
    const second = this.byte() ?? 0;
    return second === 0 || second > 0x7f ? undefined : (first & 0x7f) | (second << 7);
  }
}
