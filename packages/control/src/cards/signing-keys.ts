import { join } from "node:path";
import { toJwk } from "@berth/ledger";
import type { Ed25519Jwk } from "@berth/ledger";
import { loadWorkloadKey } from "../identity/workload-key.ts";
import type { WorkloadKey } from "../identity/workload-key.ts";
import { loadSigner, makeKeysFolder } from "../keys/key-file.ts";
import { CardKeys } from "./card-keys.ts";
import { withKid } from "./jws-signer.ts";
import type { JwsSigner } from "./jws-signer.ts";

/** RFC 7517, with the public halves only. */
export interface JwkSet {
  readonly keys: readonly (Ed25519Jwk & { readonly kid: string; readonly use: "sig"; readonly alg: "EdDSA" })[];
}

/** The keys behind `/.well-known/jwks.json`. Each signs one kind of thing, and its `kid` says which. */
export interface SigningKeys {
  /** Agent cards, nothing else. */
  readonly cards: CardKeys;
  /** What is sent to webhooks, nothing else. */
  readonly webhooks: JwsSigner;
  /** Approvers' decisions, nothing else. */
  readonly approvals: JwsSigner;
  /** Principal tokens, which tell agents who calls; nothing else. */
  readonly transactions: JwsSigner;
  /** Agents' identity tokens, nothing else. Published apart, with the issuer that they name. */
  readonly workload: WorkloadKey;
}

/**
 * Keys as files, `card-signing.pem` and so on, made when they are missing.
 * @throws PlatformError HOME_UNWRITABLE, CONFIG_INVALID for a file that is no key or that others may read.
 */
export async function loadSigningKeys(folder: string): Promise<SigningKeys> {
  await makeKeysFolder(folder);
  const cards = await CardKeys.load(folder);
  const webhooks = withKid("webhook", await loadSigner(join(folder, "webhook-signing.pem")));
  const transactions = withKid("txn", await loadSigner(join(folder, "txn-signing.pem")));
  const approvals = withKid("approval", await loadSigner(join(folder, "approval-signing.pem")));
  const workload = await loadWorkloadKey(join(folder, "workload-signing.pem"));
  return { cards, webhooks, transactions, approvals, workload };
}

/** What is published: the keys that sign, and those whose signatures still count. */
export function toJwkSet(
  { cards, webhooks, transactions, approvals }: Omit<SigningKeys, "workload">,
  at: Date,
): JwkSet {
  return { keys: [cards.current, webhooks, transactions, approvals, ...cards.retired(at)].map(toPublicJwk) };
}

function toPublicJwk({ kid, publicKey }: Pick<JwsSigner, "kid" | "publicKey">): JwkSet["keys"][number] {
  return { ...toJwk(publicKey), kid, use: "sig", alg: "EdDSA" };
}
