import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { calculateJwkThumbprint, importJWK } from "jose";
import type { CryptoKey } from "jose";
import { invalidKeyFile, loadOrCreate } from "../keys/key-file.ts";

/** Signs the authorization server's tokens, nothing else. ES256: every client library knows it. */
export interface OAuthKey {
  readonly kid: string;
  /** With the private half: for the library that signs. */
  readonly privateJwk: { readonly [name: string]: string };
  readonly publicKey: CryptoKey;
}

/** The P-256 key in this file, made when there is none. @throws PlatformError HOME_UNWRITABLE, CONFIG_INVALID */
export async function loadOAuthKey(path: string): Promise<OAuthKey> {
  const pem = await loadOrCreate(path, () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    return privateKey.export({ format: "pem", type: "pkcs8" });
  });
  try {
    const key = createPrivateKey(pem);
    const { kty, crv, x, y, d } = key.export({ format: "jwk" });
    if (kty !== "EC" || crv !== "P-256" || x === undefined || y === undefined || d === undefined) {
      throw new Error(`not a P-256 key but ${createPublicKey(key).asymmetricKeyType ?? "another"}`);
    }
    const kid = `oauth:${await calculateJwkThumbprint({ kty, crv, x, y })}`;
    const publicKey = await importJWK({ kty, crv, x, y }, "ES256");
    // An EC key is never raw bytes.
    if (publicKey instanceof Uint8Array) throw new Error("not a P-256 key");
    return { kid, privateJwk: { kty, crv, x, y, d, kid, use: "sig", alg: "ES256" }, publicKey };
  } catch (cause) {
    throw invalidKeyFile(path, "is not a P-256 private key in PKCS#8 PEM form", cause);
  }
}
