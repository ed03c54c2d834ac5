import { parseStrictJson } from "@berth/ledger";
import type { JsonValue } from "@berth/ledger";

/** Tokens are headers: nobody needs a larger one, and everybody may send one. */
export const MAX_TOKEN_BYTES: number = 8 * 1024;

const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

export interface UnverifiedJwt {
  readonly header: { readonly [name: string]: JsonValue };
  readonly claims: { readonly [name: string]: JsonValue };
}

/**
 * Reads a JWT in its compact form before anybody looks at its signature (RFC 8725 §3.11, research note security §3.3).
 * One token has one spelling here: base64 libraries skip spaces and spare bits, and JSON.parse keeps the last of two
 * equal members. Undefined for everything else.
 */
export function parseJwt(token: string): UnverifiedJwt | undefined {
  if (token.length > MAX_TOKEN_BYTES || !COMPACT.test(token)) return undefined;
  const [header = "", claims = "", signature = ""] = token.split(".");
  if (![header, claims, signature].every(isCanonical)) return undefined;
  const read = { header: jsonObject(header), claims: jsonObject(claims) };
  if (read.header === undefined || read.claims === undefined) return undefined;
  return { header: read.header, claims: read.claims };
}

function isCanonical(part: string): boolean {
  return Buffer.from(part, "base64url").toString("base64url") === part;
}

function jsonObject(part: string): { readonly [name: string]: JsonValue } | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(part, "base64url"));
    const value = parseStrictJson(text);
    // An object, with JSON's values in it.
    return isObject(value) ? (value as { readonly [name: string]: JsonValue }) : undefined;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
