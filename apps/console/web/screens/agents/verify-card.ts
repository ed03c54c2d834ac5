import { canonicalJson, decodeBase64Url, encodeBase64Url, verifyEd25519 } from "@berth/ledger";
import type { VerifierCrypto } from "@berth/ledger";
import { signedForms } from "@berth/protocol";
import type { AgentCard } from "../../api/types.ts";
import { chooseEngine } from "../../api/verifier-crypto.ts";

export interface CardCheck {
  readonly verdict: "verified" | "not verified" | "unsigned";
  readonly detail: string;
  /** What did the arithmetic, so that nobody has to take the platform's word. */
  readonly engine?: string;
  readonly keyId?: string;
}

export interface KeySet {
  readonly keys: readonly {
    readonly kid?: string;
    readonly kty?: string;
    readonly crv?: string;
    readonly x?: string;
  }[];
}

const MAX_SIGNATURES = 8;
const utf8 = new TextEncoder();

/**
 * Whether one of the card's signatures (A2A 1.0.1 §8.4) holds over the text as it was served, by a key of the platform's key set. The header's
 * `jku` is never followed: a reader that takes its trust from what it verifies trusts anybody.
 */
export async function verifyCard(text: string, keys: KeySet): Promise<CardCheck> {
  // It is looked at member by member below; a card of another shape verifies under no key.
  const card = JSON.parse(text) as AgentCard;
  const signatures = Array.isArray(card.signatures) ? card.signatures.slice(0, MAX_SIGNATURES) : [];
  if (signatures.length === 0) return { verdict: "unsigned", detail: "The card carries no signature." };
  const { crypto, name: engine } = await chooseEngine();
  let payloads: readonly string[];
  try {
    payloads = signedForms(card).map((form) => encodeBase64Url(utf8.encode(canonicalJson(form))));
  } catch (error) {
    return { verdict: "not verified", detail: `The card has no canonical form: ${String(error)}`, engine };
  }
  const problems = new Set<string>();
  for (const signature of signatures) {
    const { kid, problem } = headerOf(signature.protected);
    const key =
      problem === undefined ? keys.keys.find((each) => each.kid === kid && each.kid.startsWith("card:")) : undefined;
    if (key?.x === undefined) {
      problems.add(problem ?? `The key ${kid} is not in the platform's key set.`);
      continue;
    }
    for (const payload of payloads) {
      if (await holds(`${signature.protected}.${payload}`, signature.signature, key.x, crypto)) {
        return {
          verdict: "verified",
          detail: "The text that was served is what the platform signed.",
          engine,
          keyId: kid,
        };
      }
    }
    problems.add("A signature does not hold over this text.");
  }
  return { verdict: "not verified", detail: [...problems].join(" "), engine };
}

function headerOf(encoded: unknown): { readonly kid: string; readonly problem?: string } {
  try {
    const header: unknown = JSON.parse(new TextDecoder().decode(decodeBase64Url(String(encoded))));
    const { alg, kid } = new Object(header) as { readonly alg?: unknown; readonly kid?: unknown };
    if (alg !== "EdDSA")
      return { kid: "", problem: `The algorithm ${JSON.stringify(alg)} is not one that is accepted.` };
    return { kid: typeof kid === "string" ? kid : "" };
  } catch {
    return { kid: "", problem: "A signature's header cannot be read." };
  }
}

async function holds(input: string, signature: unknown, publicKey: string, crypto: VerifierCrypto): Promise<boolean> {
  try {
    await verifyEd25519(decodeBase64Url(publicKey), utf8.encode(input), decodeBase64Url(String(signature)), crypto);
    return true;
  } catch {
    return false;
  }
}
