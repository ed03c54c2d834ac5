import { sha256 } from "./sha256.ts";
import type { Sha256 } from "./sha256.ts";

/** The two primitives that verification stands on, so that a platform's fast ones can take the place of the portable ones. */
export interface VerifierCrypto {
  readonly sha256: Sha256;
  /** `publicKey` has 32 bytes, `signature` 64. False too for a key that is no point of the curve. */
  readonly verifyEd25519: (
    publicKey: Uint8Array,
    data: Uint8Array,
    signature: Uint8Array,
  ) => boolean | Promise<boolean>;
}

/** Runs in browsers and in Node. */
export const webCrypto: VerifierCrypto = {
  sha256,
  async verifyEd25519(publicKey, data, signature) {
    const { subtle } = globalThis.crypto;
    try {
      const key = await subtle.importKey("raw", new Uint8Array(publicKey), { name: "Ed25519" }, false, ["verify"]);
      return await subtle.verify({ name: "Ed25519" }, key, new Uint8Array(signature), new Uint8Array(data));
    } catch {
      return false;
    }
  },
};
