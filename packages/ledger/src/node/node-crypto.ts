import { createPublicKey, hash, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { encodeBase64Url } from "../base64.ts";
import type { VerifierCrypto } from "../crypto.ts";

const MAX_CACHED_KEYS = 1_000;

/** Verifies on the calling thread, without the thread pool's round trip: for many receipts at once. */
export function createNodeCrypto(): VerifierCrypto {
  const keys = new Map<string, KeyObject>();
  return {
    sha256: (data) => hash("sha256", data, "buffer"),
    verifyEd25519(publicKey, data, signature) {
      const x = encodeBase64Url(publicKey);
      const key = keys.get(x) ?? toKey(x);
      if (key === undefined) return false;
      if (keys.size >= MAX_CACHED_KEYS) keys.clear();
      keys.set(x, key);
      return verify(null, data, key, signature);
    },
  };
}

function toKey(x: string): KeyObject | undefined {
  try {
    return createPublicKey({ key: { crv: "Ed25519", kty: "OKP", x }, format: "jwk" });
  } catch {
    return undefined;
  }
}
