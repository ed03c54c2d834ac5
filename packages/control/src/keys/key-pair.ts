import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { decodeBase64Url } from "@berth/ledger";
import type { Signer } from "@berth/ledger";

export interface KeyPair {
  /** PKCS#8 PEM. */
  readonly pem: string;
  readonly signer: Signer;
}

export function createKeyPair(): KeyPair {
  const { privateKey } = generateKeyPairSync("ed25519");
  return { pem: privateKey.export({ format: "pem", type: "pkcs8" }), signer: signerOf(privateKey) };
}

/** @throws Error when the text is not the PKCS#8 PEM of an Ed25519 private key. */
export function signerFromPkcs8(pem: string): Signer {
  return signerOf(createPrivateKey(pem));
}

function signerOf(privateKey: KeyObject): Signer {
  if (privateKey.asymmetricKeyType !== "ed25519") throw new Error("not an Ed25519 key");
  const { x } = createPublicKey(privateKey).export({ format: "jwk" });
  // An Ed25519 JWK always has x (RFC 8037); the type covers every kind of key.
  const publicKey = decodeBase64Url(x ?? "");
  return { publicKey, sign: (data) => sign(null, data, privateKey) };
}
