import { Tag, decodeDer, encodeDer } from "./der.ts";
import type { DerElement } from "./der.ts";

const SHA256 = Buffer.from("608648016503040201", "hex");
const SIGNED_DATA = Buffer.from("2a864886f70d010702", "hex");
const TST_INFO = Buffer.from("2a864886f70d0109100104", "hex");
const TRUE = Buffer.from([0x01, 0x01, 0xff]);
const NULL = Buffer.from([0x05, 0x00]);
const ONE = Buffer.from([1]);

export interface TimeStampQuestion {
  /** SHA-256 of what is to be stamped. */
  readonly digest: Uint8Array;
  /** Ties the answer to the question. 1 to 16 bytes, the first of them 1 to 127. */
  readonly nonce: Uint8Array;
}

/** A TimeStampReq (RFC 3161 §2.4.1) that asks for the authority's certificate too. */
export function encodeTimeStampRequest({ digest, nonce }: TimeStampQuestion): Buffer {
  const algorithm = encodeDer(Tag.Sequence, encodeDer(Tag.ObjectId, SHA256), NULL);
  const imprint = encodeDer(Tag.Sequence, algorithm, encodeDer(Tag.OctetString, digest));
  return encodeDer(Tag.Sequence, encodeDer(Tag.Integer, ONE), imprint, encodeDer(Tag.Integer, nonce), TRUE);
}

/**
 * Reads a TimeStampResp (§2.4.2): granted, for this digest, with this nonce. That the authority signed it is not
 * checked here: whoever relies on it verifies it with certificates of their own. @throws Error saying what is wrong
 */
export function readTimeStamp(response: Buffer, { digest, nonce }: TimeStampQuestion): { readonly time: string } {
  const [answer] = decodeDer(response);
  const [status, token] = inside(answer, Tag.Sequence);
  const [code] = inside(status, Tag.Sequence);
  const granted = code?.tag === Tag.Integer && (code.content.equals(Buffer.from([0])) || code.content.equals(ONE));
  if (!granted) throw new Error(`the authority did not grant it: status ${code?.content.toString("hex") ?? "missing"}`);
  const [type, signed] = inside(token, Tag.Sequence);
  if (type?.content.equals(SIGNED_DATA) !== true) throw new Error("the answer holds no signed data");
  const [, , encapsulated] = inside(inside(signed, Tag.Context0)[0], Tag.Sequence);
  const [contentType, wrapped] = inside(encapsulated, Tag.Sequence);
  if (contentType?.content.equals(TST_INFO) !== true) throw new Error("the answer holds no time-stamp");
  const [octets] = inside(wrapped, Tag.Context0);
  const [info] = decodeDer(contentOf(octets, Tag.OctetString));
  const [, , imprint, , time, ...options] = inside(info, Tag.Sequence);
  const [algorithm, hashed] = inside(imprint, Tag.Sequence);
  const [hash] = inside(algorithm, Tag.Sequence);
  if (hash?.content.equals(SHA256) !== true || !contentOf(hashed, Tag.OctetString).equals(digest)) {
    throw new Error("the time-stamp is for something else");
  }
  const echoed = options.find(({ tag }) => tag === Tag.Integer);
  if (echoed?.content.equals(nonce) !== true) throw new Error("the time-stamp answers another question");
  return { time: toInstant(contentOf(time, Tag.GeneralizedTime).toString("latin1")) };
}

function inside(element: DerElement | undefined, tag: number): readonly DerElement[] {
  return decodeDer(contentOf(element, tag));
}

function contentOf(element: DerElement | undefined, tag: number): Buffer {
  if (element?.tag !== tag) throw new Error("the answer is not a time-stamp response");
  return element.content;
}

/** `20261129161500.25Z` */
function toInstant(text: string): string {
  const form = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d(?:\.\d{1,9})?)Z$/;
  const time = Date.parse(text.replace(form, "$1-$2-$3T$4:$5:$6Z"));
  if (!form.test(text) || Number.isNaN(time)) throw new Error("the time-stamp has no time");
  return new Date(time).toISOString();
}
