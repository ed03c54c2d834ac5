import { join } from "node:path";
import { thumbprint, toJwk } from "@berth/ledger";
import type { Ed25519Jwk, Signer } from "@berth/ledger";
import { loadSigner, makeKeysFolder } from "../keys/key-file.ts";

/** A key for JWS, known to verifiers by `kid`. */
export interface JwsSigner extends Signer {
  readonly kid: string;
}

/** RFC 7517, with the public halves only. */
export interface JwkSet {
  readonly keys: readonly (Ed25519Jwk & { readonly kid: string; readonly use: "sig"; readonly alg: "EdDSA" })[];
}

/** The keys behind `/.well-known/jwks.json`. Each signs one kind of thing, and its `kid` says which. */
export interface SigningKeys {
  /** Agent cards, nothing else. */
  readonly cards: JwsSigner;
  /** What is sent to webhooks, nothing else. */
  readonly webhooks: JwsSigner;
  readonly jwks: JwkSet;
}

/**
 * Keys as files: `card-signing.pem` and `webhook-signing.pem`, made when they are missing.
 * @throws PlatformError HOME_UNWRITABLE, CONFIG_INVALID for a file that is no key or that others may read.
 */
export async function loadSigningKeys(folder: string): Promise<SigningKeys> {
  await makeKeysFolder(folder);
  const cards = withKid("card", await loadSigner(join(folder, "card-signing.pem")));
  const webhooks = withKid("webhook", await loadSigner(join(folder, "webhook-signing.pem")));
  return { cards, webhooks, jwks: { keys: [cards, webhooks].map(toPublicJwk) } };
}

function withKid(use: "card" | "webhook", signer: Signer): JwsSigner {
  return { ...signer, kid: `${use}:${thumbprint(signer.publicKey)}` };
}

function toPublicJwk({ kid, publicKey }: JwsSigner): JwkSet["keys"][number] {
  return { ...toJwk(publicKey), kid, use: "sig", alg: "EdDSA" };
}
