import { encodeBase64Url } from "@berth/ledger";
import type { JwsSigner } from "./jws-signer.ts";

/** A JWS in its flattened form without the payload, which its verifier has (RFC 7515 §7.2.2, appendix F). */
export interface DetachedJws {
  readonly protected: string;
  readonly signature: string;
}

/** Signs with EdDSA (RFC 8037). `header` joins `alg` and `kid`. The same input gives the same signature. */
export async function signJws(
  signer: JwsSigner,
  payload: Uint8Array,
  header: { readonly [name: string]: string },
): Promise<DetachedJws> {
  const encoded = encodeBase64Url(bytes(JSON.stringify({ alg: "EdDSA", kid: signer.kid, ...header })));
  const signature = await signer.sign(bytes(`${encoded}.${encodeBase64Url(payload)}`));
  return { protected: encoded, signature: encodeBase64Url(signature) };
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
