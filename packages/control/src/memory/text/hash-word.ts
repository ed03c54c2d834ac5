/** 32 bits, the same everywhere, of a part of a text (FNV-1a over UTF-16 units, then mixed: its low bits alone are poor). */
export function hashWord(text: string, seed: number, from: number = 0, to: number = text.length): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mixBits(hash);
}

/** Another number that looks as if it had nothing to do with the first. */
export function mixBits(bits: number): number {
  let hash = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
