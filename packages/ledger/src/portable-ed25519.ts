import { equalBytes } from "./bytes.ts";
import type { VerifierCrypto } from "./crypto.ts";
import { sha256 } from "./sha256.ts";
import { sha512 } from "./sha512.ts";

/**
 * For browsers without WebCrypto, which is every page that came over plain HTTP from another machine. Verifies only, so
 * nothing here is secret and nothing needs constant time.
 */
export const portableCrypto: VerifierCrypto = { sha256, verifyEd25519: verifyPortably };

/** RFC 8032 §5.1.7, without the cofactor, as WebCrypto and OpenSSL do it. */
function verifyPortably(publicKey: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean {
  const a = decodePoint(publicKey);
  const s = toNumber(signature.subarray(32));
  if (a === undefined || s >= ORDER) return false;
  const hashed = new Uint8Array(64 + data.length);
  hashed.set(signature.subarray(0, 32));
  hashed.set(publicKey, 32);
  hashed.set(data, 64);
  const k = toNumber(sha512(hashed)) % ORDER;
  const minusA: Point = { x: mod(-a.x), y: a.y, z: 1n, t: mod(-a.t) };
  return equalBytes(encodePoint(twoMultiples(s, BASE, k, minusA)), signature.subarray(0, 32));
}

/** Extended coordinates: x = X/Z, y = Y/Z, T = XY/Z. */
interface Point {
  readonly x: bigint;
  readonly y: bigint;
  readonly z: bigint;
  readonly t: bigint;
}

const P = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const D = mod(-121665n * inverse(121666n));
const SQRT_MINUS_1 = power(2n, (P - 1n) / 4n);
const NEUTRAL: Point = { x: 0n, y: 1n, z: 1n, t: 0n };
const BASE = pointAt(mod(4n * inverse(5n)), 0n) ?? NEUTRAL;

function mod(x: bigint): bigint {
  const rest = x % P;
  return rest < 0n ? rest + P : rest;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let b = base, e = exponent; e > 0n; e >>= 1n, b = mod(b * b)) if (e & 1n) result = mod(result * b);
  return result;
}

function inverse(x: bigint): bigint {
  return power(x, P - 2n);
}

/** The point with this y and sign of x; undefined when the curve has none. */
function pointAt(y: bigint, sign: bigint): Point | undefined {
  const square = mod((y * y - 1n) * inverse(mod(D * y * y + 1n)));
  let x = power(square, (P + 3n) / 8n);
  if (mod(x * x) !== square) x = mod(x * SQRT_MINUS_1);
  if (mod(x * x) !== square || (x === 0n && sign === 1n)) return undefined;
  if ((x & 1n) !== sign) x = P - x;
  return { x, y, z: 1n, t: mod(x * y) };
}

function decodePoint(bytes: Uint8Array): Point | undefined {
  const value = toNumber(bytes);
  const y = value & ((1n << 255n) - 1n);
  return y >= P ? undefined : pointAt(y, value >> 255n);
}

function encodePoint({ x, y, z }: Point): Uint8Array {
  const scale = inverse(z);
  const value = mod(y * scale) | ((mod(x * scale) & 1n) << 255n);
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
}

/** a·p + b·q in one pass over the bits of both. */
function twoMultiples(a: bigint, p: Point, b: bigint, q: Point): Point {
  const both = add(p, q);
  let sum = NEUTRAL;
  for (let bit = 255n; bit >= 0n; bit--) {
    sum = add(sum, sum);
    const inA = (a >> bit) & 1n;
    const inB = (b >> bit) & 1n;
    if (inA === 1n || inB === 1n) sum = add(sum, inA === 0n ? q : inB === 0n ? p : both);
  }
  return sum;
}

/** Complete, so that doubling is the same formula (RFC 8032 §5.1.4). */
function add(p: Point, q: Point): Point {
  const a = mod((p.y - p.x) * (q.y - q.x));
  const b = mod((p.y + p.x) * (q.y + q.x));
  const c = mod(2n * p.t * D * q.t);
  const d = mod(2n * p.z * q.z);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return { x: mod(e * f), y: mod(g * h), z: mod(f * g), t: mod(e * h) };
}

/** Little-endian. */
function toNumber(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes.toReversed()) value = (value << 8n) | BigInt(byte);
  return value;
}
