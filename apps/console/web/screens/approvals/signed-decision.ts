import { decodeBase64Url, verifyEd25519 } from "@berth/ledger";
import { api } from "../../api/client.ts";
import { chooseEngine } from "../../api/verifier-crypto.ts";

export interface SignedDecision {
  readonly payload: unknown;
  readonly kid: string;
  /** Undefined: the signature holds, under a key that this platform publishes. */
  readonly problem: string | undefined;
  readonly engine: string;
}

interface Jwks {
  readonly keys: readonly {
    readonly kid?: string;
    readonly kty?: string;
    readonly crv?: string;
    readonly x?: string;
  }[];
}

/** Reads a decision's compact JWS (RFC 7515 §7.1), and verifies it in this browser. @throws Error when it is none. */
export async function openSignedDecision(signature: string, signal: AbortSignal): Promise<SignedDecision> {
  const [head = "", body = "", proof = ""] = signature.split(".");
  const header = readJson(head) as { readonly kid?: unknown; readonly typ?: unknown };
  const kid = typeof header.kid === "string" ? header.kid : "";
  const { keys } = await api<Jwks>("/.well-known/jwks.json", { signal });
  const engine = await chooseEngine();
  const found = { payload: readJson(body), kid, engine: engine.name };
  const key = keys.find((each) => each.kid === kid && each.crv === "Ed25519");
  if (key?.x === undefined || header.typ !== "berth-approval+jws") {
    return { ...found, problem: "it names no key of this platform" };
  }
  try {
    const signed = new TextEncoder().encode(`${head}.${body}`);
    await verifyEd25519(decodeBase64Url(key.x), signed, decodeBase64Url(proof), engine.crypto);
    return { ...found, problem: undefined };
  } catch (error) {
    return { ...found, problem: error instanceof Error ? error.message : "it does not verify" };
  }
}

function readJson(part: string): unknown {
  return JSON.parse(new TextDecoder().decode(decodeBase64Url(part)));
}
