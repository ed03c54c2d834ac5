import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { decodeBase64Url } from "./base64.ts";
import { checkPublicKey, thumbprint, verifyEd25519 } from "./ed25519.ts";

const P = 2n ** 255n - 19n;
const D = mod(-121665n * inverse(121666n));

function mod(x: bigint): bigint {
  return ((x % P) + P) % P;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let b = mod(base), e = exponent; e > 0n; e >>= 1n, b = mod(b * b)) if (e & 1n) result = mod(result * b);
  return result;
}

function inverse(x: bigint): bigint {
  return power(x, P - 2n);
}

type Point = readonly [x: bigint, y: bigint];

function add([x1, y1]: Point, [x2, y2]: Point): Point {
  const k = mod(D * x1 * x2 * y1 * y2);
  return [mod((x1 * y2 + x2 * y1) * inverse(1n + k)), mod((y1 * y2 + x1 * x2) * inverse(1n - k))];
}

/** Undefined when y is not on the curve. */
function pointAt(y: bigint): Point | undefined {
  const square = mod((y * y - 1n) * inverse(mod(D * y * y + 1n)));
  const root = power(square, (P + 3n) / 8n);
  const x = mod(root * root) === square ? root : mod(root * power(2n, (P - 1n) / 4n));
  return mod(x * x) === square ? [x, y] : undefined;
}

function encode(y: bigint, sign: 0 | 1): Uint8Array {
  const value = y | (BigInt(sign) << 255n);
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
}

/** All points whose order divides 8, from a point of the whole curve multiplied by the order of the large subgroup. */
function smallOrderPoints(): readonly Point[] {
  const subgroup = 2n ** 252n + 27742317777372353535851937790883648493n;
  for (let y = 2n; ; y++) {
    const start = pointAt(y);
    if (start === undefined) continue;
    let torsion: Point = [0n, 1n];
    let step = start;
    for (let e = subgroup; e > 0n; e >>= 1n, step = add(step, step)) if (e & 1n) torsion = add(torsion, step);
    const points: Point[] = [[0n, 1n]];
    for (let next = torsion; next[0] !== 0n || next[1] !== 1n; next = add(next, torsion)) points.push(next);
    if (points.length === 8) return points;
  }
}

describe("checkPublicKey", () => {
  it("refuses all eight points of small order, with either sign bit", () => {
    const points = smallOrderPoints();
    expect(points).toHaveLength(8);
    for (const [, y] of points) {
      for (const sign of [0, 1] as const) expect(() => checkPublicKey(encode(y, sign))).toThrow("small order");
    }
  });

  it("refuses encodings of y that are not reduced, and other lengths", () => {
    for (let y = P; y < 2n ** 255n; y++) expect(() => checkPublicKey(encode(y, 0))).toThrow("canonical");
    expect(() => checkPublicKey(new Uint8Array(31))).toThrow("32 bytes");
  });
});

describe("verifyEd25519", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const raw = decodeBase64Url(publicKey.export({ format: "jwk" }).x ?? "");
  const message = Buffer.from("message");
  const signature = sign(null, message, privateKey);

  it("accepts node's signature and refuses another message, signature or key", async () => {
    await verifyEd25519(raw, message, signature);
    await expect(verifyEd25519(raw, Buffer.from("other"), signature)).rejects.toThrow("does not verify");
    await expect(verifyEd25519(raw, message, signature.subarray(1))).rejects.toThrow("64 bytes");
    const other = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" }).x ?? "";
    await expect(verifyEd25519(decodeBase64Url(other), message, signature)).rejects.toThrow("does not verify");
  });

  it("refuses the same signature with the group order added to s", async () => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    let s = 0n;
    for (const byte of signature.subarray(32).toReversed()) s = (s << 8n) | BigInt(byte);
    const malleable = Buffer.concat([signature.subarray(0, 32), encode(s + order, 0)]);
    await expect(verifyEd25519(raw, message, malleable)).rejects.toThrow("does not verify");
  });
});

describe("thumbprint", () => {
  it("is the one of RFC 8037 appendix A.3", () => {
    const der = Buffer.from("302e020100300506032b657004220420", "hex");
    const seed = Buffer.from("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", "base64url");
    const key = createPrivateKey({ key: Buffer.concat([der, seed]), format: "der", type: "pkcs8" });
    const { x } = createPublicKey(key).export({ format: "jwk" });
    expect(thumbprint(decodeBase64Url(x ?? ""))).toBe("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  });
});
