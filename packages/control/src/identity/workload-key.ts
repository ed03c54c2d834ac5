import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { calculateJwkThumbprint } from "jose";
import { invalidKeyFile, loadOrCreate } from "../keys/key-file.ts";
import type { JwtSigner } from "./sign-jwt.ts";

/** Signs what agents show to others. ES256, because the clouds that federate with us know no EdDSA. */
export interface WorkloadKey extends JwtSigner {
  readonly alg: "ES256";
  readonly jwk: { readonly [name: string]: string };
}

/** The P-256 key in this file, made when there is none. @throws PlatformError HOME_UNWRITABLE, CONFIG_INVALID */
export async function loadWorkloadKey(path: string): Promise<WorkloadKey> {
  const pem = await loadOrCreate(path, () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    return privateKey.export({ format: "pem", type: "pkcs8" });
  });
  try {
    return await toWorkloadKey(createPrivateKey(pem));
  } catch (cause) {
    throw invalidKeyFile(path, "is not a P-256 private key in PKCS#8 PEM form", cause);
  }
}

async function toWorkloadKey(key: KeyObject): Promise<WorkloadKey> {
  const { kty, crv, x, y } = createPublicKey(key).export({ format: "jwk" });
  if (kty !== "EC" || crv !== "P-256" || x === undefined || y === undefined) throw new Error("not a P-256 key");
  const kid = `workload:${await calculateJwkThumbprint({ kty, crv, x, y })}`;
  return {
    kid,
    alg: "ES256",
    jwk: { kty, crv, x, y, kid, use: "sig", alg: "ES256" },
    sign: async (data) =>
      await new Promise((resolve, reject) => {
        sign("sha256", data, { key, dsaEncoding: "ieee-p1363" }, (error, signature) =>
          error === null ? resolve(signature) : reject(error),
        );
      }),
  };
}
