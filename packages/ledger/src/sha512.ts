/** SHA-512 (FIPS 180-4), for Ed25519 where a browser has no WebCrypto. Written to be read: 64-bit words are BigInts. */
export function sha512(data: Uint8Array): Uint8Array {
  let state: readonly bigint[] = INITIAL;
  const padded = pad(data);
  const view = new DataView(padded.buffer);
  for (let at = 0; at < padded.length; at += 128) state = compress(state, view, at);
  const digest = new Uint8Array(64);
  const output = new DataView(digest.buffer);
  state.forEach((word, i) => output.setBigUint64(i * 8, word));
  return digest;
}

const PRIMES = firstPrimes(80);
// First 64 bits of the fractions of the cube roots of the first 80 primes, and of the square roots of the first 8.
const K: readonly bigint[] = PRIMES.map((prime) => fractionOfRoot(BigInt(prime), 3n));
const INITIAL: readonly bigint[] = PRIMES.slice(0, 8).map((prime) => fractionOfRoot(BigInt(prime), 2n));

function pad(data: Uint8Array): Uint8Array<ArrayBuffer> {
  const blocks = Math.ceil((data.length + 17) / 128);
  const padded = new Uint8Array(blocks * 128);
  padded.set(data);
  padded[data.length] = 0x80;
  new DataView(padded.buffer).setBigUint64(padded.length - 8, BigInt(data.length) * 8n);
  return padded;
}

// `?? 0n` below is for the compiler: every index is inside its array.
function compress(state: readonly bigint[], input: DataView, offset: number): readonly bigint[] {
  const w: bigint[] = [];
  for (let t = 0; t < 16; t++) w.push(input.getBigUint64(offset + t * 8));
  for (let t = 16; t < 80; t++) {
    const w2 = w[t - 2] ?? 0n;
    const w15 = w[t - 15] ?? 0n;
    const s1 = rotate(w2, 19n) ^ rotate(w2, 61n) ^ (w2 >> 6n);
    const s0 = rotate(w15, 1n) ^ rotate(w15, 8n) ^ (w15 >> 7n);
    w.push(word(s1 + (w[t - 7] ?? 0n) + s0 + (w[t - 16] ?? 0n)));
  }
  let [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n, g = 0n, h = 0n] = state;
  for (let t = 0; t < 80; t++) {
    const s1 = rotate(e, 14n) ^ rotate(e, 18n) ^ rotate(e, 41n);
    const t1 = h + s1 + ((e & f) ^ (word(~e) & g)) + (K[t] ?? 0n) + (w[t] ?? 0n);
    const s0 = rotate(a, 28n) ^ rotate(a, 34n) ^ rotate(a, 39n);
    const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = word(d + t1);
    d = c;
    c = b;
    b = a;
    a = word(t1 + t2);
  }
  return [a, b, c, d, e, f, g, h].map((each, i) => word((state[i] ?? 0n) + each));
}

function word(x: bigint): bigint {
  return BigInt.asUintN(64, x);
}

function rotate(x: bigint, n: bigint): bigint {
  return (x >> n) | word(x << (64n - n));
}

function firstPrimes(count: number): readonly number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  return primes;
}

/** 64 bits behind the point: the whole root of `n · 2^(64·degree)`, by bisection. */
function fractionOfRoot(n: bigint, degree: 2n | 3n): bigint {
  const scaled = n << (64n * degree);
  let low = 0n;
  let high = 1n << 80n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** degree <= scaled) low = middle;
    else high = middle;
  }
  return word(low);
}
