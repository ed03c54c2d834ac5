import { thumbprint } from "@berth/ledger";
import type { Signer } from "@berth/ledger";

/** A key for JWS, known to verifiers by `kid`. */
export interface JwsSigner extends Signer {
  readonly kid: string;
}

export function withKid(use: "card" | "webhook" | "txn" | "approval", signer: Signer): JwsSigner {
  return { ...signer, kid: `${use}:${thumbprint(signer.publicKey)}` };
}
