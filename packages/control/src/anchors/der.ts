/** One element of DER (X.690): its tag, and what is in it. */
export interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
}

export const Tag = {
  Integer: 0x02,
  OctetString: 0x04,
  ObjectId: 0x06,
  GeneralizedTime: 0x18,
  Sequence: 0x30,
  Context0: 0xa0,
} as const;

const MAX_LENGTH_BYTES = 4;

export function encodeDer(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content.length)]), content]);
}

/** The elements that follow each other in these bytes. They may come from anybody. @throws Error */
export function decodeDer(bytes: Buffer): readonly DerElement[] {
  const elements: DerElement[] = [];
  for (let at = 0; at < bytes.length;) {
    const [tag, first] = [bytes[at], bytes[at + 1]];
    // Tags of several bytes are in nothing that is read here.
    if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) throw new Error("not DER");
    at += 2;
    let length = first;
    if (first > 0x7f) {
      const count = first & 0x7f;
      if (count === 0 || count > MAX_LENGTH_BYTES || at + count > bytes.length) throw new Error("not DER");
      length = bytes.readUIntBE(at, count);
      at += count;
    }
    if (at + length > bytes.length) throw new Error("the DER is cut off");
    elements.push({ tag, content: bytes.subarray(at, at + length) });
    at += length;
  }
  return elements;
}

function lengthOf(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 | bytes.length, ...bytes];
}
