import { LedgerError } from "./ledger-error.ts";

// Spreading more arguments than this into one call can overflow the stack.
const CHUNK = 0x2000;

/** RFC 4648 §4, padded. */
export function encodeBase64(bytes: Uint8Array): string {
  // ECMAScript 2026; browsers of before then take the long way.
  if (typeof bytes.toBase64 === "function") return bytes.toBase64();
  let binary = "";
  for (let at = 0; at < bytes.length; at += CHUNK) binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(binary);
}

/**
 * The inverse of `encodeBase64` and of nothing else: one byte string has one text, so that a proof cannot be respelled.
 * @throws LedgerError `format`.
 */
export function decodeBase64(text: string): Uint8Array {
  if (typeof Uint8Array.fromBase64 === "function") return decodeNatively(text, "base64");
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw refused();
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    throw refused();
  }
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  // The unused bits of the last character must be zero; atob does not look.
  if (encodeBase64(bytes.subarray(bytes.length - (bytes.length % 3))) !== text.slice(tailStart(bytes.length))) {
    throw refused();
  }
  return bytes;
}

/** `strict` refuses missing padding and stray bits, but white space it skips: then there are fewer bytes than characters. */
function decodeNatively(text: string, alphabet: "base64" | "base64url"): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.fromBase64(text, { alphabet, lastChunkHandling: "strict" });
  } catch {
    throw refused();
  }
  if (text.length !== Math.ceil(bytes.length / 3) * 4) throw refused();
  return bytes;
}

/** RFC 4648 §5, without padding. */
export function encodeBase64Url(bytes: Uint8Array): string {
  if (typeof bytes.toBase64 === "function") return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
  return encodeBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @throws LedgerError `format`. */
export function decodeBase64Url(text: string): Uint8Array {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw refused();
  const padding = "=".repeat((4 - (text.length % 4)) % 4);
  if (typeof Uint8Array.fromBase64 === "function") return decodeNatively(text + padding, "base64url");
  return decodeBase64(text.replaceAll("-", "+").replaceAll("_", "/") + padding);
}

function tailStart(byteLength: number): number {
  return Math.floor(byteLength / 3) * 4;
}

function refused(): LedgerError {
  return new LedgerError("format", "not canonical base64");
}
