import { createHash, generateKeyPairSync, randomBytes, sign, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { makeSampleLog } from "../test/sample-bundle.ts";
import { decodeBase64Url } from "./base64.ts";
import { portableCrypto } from "./portable-ed25519.ts";
import { sha512 } from "./sha512.ts";
import { verifyBundle } from "./verify-bundle.ts";

describe("sha512", () => {
  it("is node's for every length around the block size", () => {
    for (const length of [0, 1, 3, 64, 110, 111, 112, 113, 127, 128, 129, 255, 256, 1_000]) {
      const data = randomBytes(length);
      expect(Buffer.from(sha512(data)).toString("hex"), String(length)).toBe(
        createHash("sha512").update(data).digest("hex"),
      );
    }
  });
});

describe("portableCrypto", () => {
  const keyPair = () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    return { privateKey, publicKey, raw: decodeBase64Url(publicKey.export({ format: "jwk" }).x ?? "") };
  };

  it("accepts what node signed, and agrees with node on every flipped bit of a signature", async () => {
    const { privateKey, publicKey, raw } = keyPair();
    const message = randomBytes(77);
    const signature = sign(null, message, privateKey);
    expect(await portableCrypto.verifyEd25519(raw, message, signature)).toBe(true);
    for (let at = 0; at < 512; at += 37) {
      const bent = Uint8Array.from(signature);
      bent[at >> 3] = (bent[at >> 3] ?? 0) ^ (1 << (at & 7));
      expect(await portableCrypto.verifyEd25519(raw, message, bent), String(at)).toBe(
        verify(null, message, publicKey, bent),
      );
    }
  });

  it("refuses another message, another key, a key that is no point, and s with the order added", async () => {
    const { privateKey, raw } = keyPair();
    const message = randomBytes(10);
    const signature = sign(null, message, privateKey);
    expect(await portableCrypto.verifyEd25519(raw, randomBytes(10), signature)).toBe(false);
    expect(await portableCrypto.verifyEd25519(keyPair().raw, message, signature)).toBe(false);
    expect(
      await portableCrypto.verifyEd25519(
        Uint8Array.from({ length: 32 }, () => 2),
        message,
        signature,
      ),
    ).toBe(false);
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const s = BigInt(`0x${Buffer.from(signature.subarray(32).toReversed()).toString("hex")}`) + order;
    const malleable = Uint8Array.from(signature);
    for (let i = 0; i < 32; i++) malleable[32 + i] = Number((s >> BigInt(8 * i)) & 255n);
    expect(await portableCrypto.verifyEd25519(raw, message, malleable)).toBe(false);
  });

  it("verifies a whole bundle", async () => {
    const { bundle, trust } = await makeSampleLog();
    const { trusted, checks } = await verifyBundle(bundle, { trust, crypto: portableCrypto });
    expect(trusted).toBe(true);
    expect(checks).toContain("signature.cp");
  });
});
