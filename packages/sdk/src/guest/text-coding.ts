/** UTF-8, as far as agents use the web's classes for it: whole texts, nothing but UTF-8. */
export class TextEncoder {
  readonly encoding = "utf-8";

  encode(text = ""): Uint8Array {
    const bytes: number[] = [];
    // By code points; a lone surrogate becomes U+FFFD, as the standard has it.
    for (const char of text.toWellFormed()) {
      const code = char.codePointAt(0) ?? 0;
      if (code < 0x80) bytes.push(code);
      else if (code < 0x800) bytes.push(0xc0 | (code >> 6), tail(code));
      else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), tail(code >> 6), tail(code));
      else bytes.push(0xf0 | (code >> 18), tail(code >> 12), tail(code >> 6), tail(code));
    }
    return Uint8Array.from(bytes);
  }
}

function tail(code: number): number {
  return 0x80 | (code & 0x3f);
}

/** Of a sequence by its first byte: how many bytes follow, and the smallest code point that needs so many. */
function sequenceOf(first: number): readonly [follow: number, least: number] | undefined {
  if (first < 0x80) return [0, 0];
  if (first >= 0xc2 && first <= 0xdf) return [1, 0x80];
  if (first >= 0xe0 && first <= 0xef) return [2, 0x800];
  if (first >= 0xf0 && first <= 0xf4) return [3, 0x10000];
  return undefined;
}

export class TextDecoder {
  readonly encoding = "utf-8";

  decode(input: Uint8Array | ArrayBuffer = new Uint8Array()): string {
    const bytes = input instanceof Uint8Array ? input : new Uint8Array(input);
    const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    let text = "";
    for (let at = hasMark ? 3 : 0; at < bytes.length;) {
      const { code, length } = readCodePoint(bytes, at);
      text += String.fromCodePoint(code);
      at += length;
    }
    return text;
  }
}

/** What is broken is U+FFFD, one for each byte. */
function readCodePoint(bytes: Uint8Array, at: number): { readonly code: number; readonly length: number } {
  const first = bytes[at] ?? 0;
  const broken = { code: 0xfffd, length: 1 };
  const [follow, least] = sequenceOf(first) ?? [];
  if (follow === undefined || least === undefined) return broken;
  let code = follow === 0 ? first : first & (0x3f >> follow);
  for (let next = 1; next <= follow; next++) {
    const byte = bytes[at + next];
    if (byte === undefined || (byte & 0xc0) !== 0x80) return broken;
    code = code * 64 + (byte & 0x3f);
  }
  const isWrong = code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff);
  return isWrong ? broken : { code, length: follow + 1 };
}
