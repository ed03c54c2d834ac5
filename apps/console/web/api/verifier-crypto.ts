import { portableCrypto, sha256 } from "@berth/ledger";
import type { VerifierCrypto } from "@berth/ledger";

export interface Engine {
  readonly crypto: VerifierCrypto;
  /** Said beside every verdict. */
  readonly name: string;
}

const PROBE_KEY = new Uint8Array(32);
PROBE_KEY[0] = 3;
const MAX_KEYS = 256;

let chosen: Promise<Engine> | undefined;

/** The browser's own Ed25519 where it has one; pages over plain HTTP have none, and old browsers neither. */
export function chooseEngine(): Promise<Engine> {
  chosen ??= probe();
  return chosen;
}

async function probe(): Promise<Engine> {
  const portable: Engine = { crypto: portableCrypto, name: "our own Ed25519 in JavaScript" };
  const { subtle } = globalThis.crypto as { readonly subtle?: SubtleCrypto };
  if (subtle === undefined) return portable;
  try {
    await subtle.importKey("raw", PROBE_KEY, { name: "Ed25519" }, false, ["verify"]);
  } catch (error) {
    // Any 32 bytes are taken as a key by those that know the algorithm; a few look at the point at once.
    if (error instanceof DOMException && error.name === "NotSupportedError") return portable;
  }
  return { crypto: ofSubtle(subtle), name: "the browser's WebCrypto" };
}

/** Imports each key once: a thousand receipts have a handful of keys. */
function ofSubtle(subtle: SubtleCrypto): VerifierCrypto {
  const keys = new Map<string, Promise<CryptoKey>>();
  return {
    sha256,
    async verifyEd25519(publicKey, data, signature) {
      const name = publicKey.join();
      let key = keys.get(name);
      if (key === undefined) {
        if (keys.size >= MAX_KEYS) keys.clear();
        key = subtle.importKey("raw", new Uint8Array(publicKey), { name: "Ed25519" }, false, ["verify"]);
        keys.set(name, key);
      }
      try {
        return await subtle.verify({ name: "Ed25519" }, await key, new Uint8Array(signature), new Uint8Array(data));
      } catch {
        return false;
      }
    },
  };
}
