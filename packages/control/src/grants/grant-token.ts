import { timingSafeEqual } from "node:crypto";
import { decodeBase64Url, encodeBase64Url } from "@berth/ledger";
import { isId } from "@berth/protocol";
import type { GrantKeys } from "./grant-keys.ts";
import { chainSignature, decodeMacaroon, encodeMacaroon } from "./macaroon.ts";

const PREFIX = "acg1_";
/** Characters. */
export const MAX_TOKEN_LENGTH = 4_096;
const MAX_CAVEATS = 32;
const NONCE_BYTES = 16;

export interface GrantToken {
  readonly grantId: string;
  /** As text; what they mean is not looked at here. */
  readonly caveats: readonly string[];
}

/** `acg1_` and base64url of a macaroon whose identifier is `kid|grant id|nonce`. */
export function formatToken(
  { grantId, caveats }: GrantToken,
  { orgId, keys, nonce }: { readonly orgId: string; readonly keys: GrantKeys; readonly nonce: Uint8Array },
): string {
  const { kid } = keys.newest;
  const identifier = Buffer.from(`${kid}|${grantId}|${encodeBase64Url(nonce)}`);
  const texts = caveats.map((caveat) => Buffer.from(caveat));
  const signature = chainSignature(keys.newest.macaroonKey(orgId), identifier, texts);
  return PREFIX + encodeBase64Url(encodeMacaroon({ identifier, caveats: texts, signature }));
}

/**
 * A token that this platform has made for this organization, in its one spelling. Attacker-controlled: size, decoding,
 * key id and MAC are looked at in this order, and nothing of its content before the MAC.
 * @returns undefined for anything else.
 */
export function verifyToken(
  token: string,
  { orgId, keys }: { readonly orgId: string; readonly keys: GrantKeys },
): GrantToken | undefined {
  if (token.length > MAX_TOKEN_LENGTH || !token.startsWith(PREFIX)) return undefined;
  const bytes = decodeText(token.slice(PREFIX.length));
  const macaroon = bytes === undefined ? undefined : decodeMacaroon(bytes, MAX_CAVEATS);
  if (macaroon === undefined) return undefined;
  const [kid, grantId, nonce, ...more] = latin(macaroon.identifier).split("|");
  const key = kid === undefined ? undefined : keys.find(kid);
  if (key === undefined) return undefined;
  const signature = chainSignature(key.macaroonKey(orgId), macaroon.identifier, macaroon.caveats);
  if (!timingSafeEqual(signature, macaroon.signature)) return undefined;
  if (grantId === undefined || !isId("grant", grantId) || more.length > 0) return undefined;
  if (nonce === undefined || decodeText(nonce)?.length !== NONCE_BYTES) return undefined;
  const caveats = macaroon.caveats.map(utf8);
  return caveats.every((caveat) => caveat !== undefined) ? { grantId, caveats } : undefined;
}

/** undefined unless it is canonical base64url. */
function decodeText(text: string): Uint8Array | undefined {
  try {
    return decodeBase64Url(text);
  } catch {
    return undefined;
  }
}

function latin(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

function utf8(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  // What is not UTF-8 would be replaced, and two byte strings would be one text.
  return Buffer.byteLength(text) === bytes.length && !text.includes("\ufffd") ? text : undefined;
}
