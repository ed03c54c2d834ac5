import { createPublicKey, verify } from "node:crypto";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "@berth/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadReceiptKeys } from "../receipts/index.ts";
import { signJws } from "./jws.ts";
import { loadSigningKeys, toJwkSet } from "./signing-keys.ts";

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder("berth-signing");
});
afterEach(() => folder[Symbol.dispose]());

describe("loadSigningKeys", () => {
  it("makes a key for each use once, apart from the receipts' keys", async () => {
    const keys = await loadSigningKeys(folder.path);
    const receipts = await loadReceiptKeys(folder.path);
    const all = [keys.cards.current, keys.webhooks, receipts.log, receipts.controlPlane].map(({ publicKey }) =>
      Buffer.from(publicKey).toString("hex"),
    );
    expect(new Set(all).size).toBe(4);
    expect(toJwkSet(await loadSigningKeys(folder.path), new Date())).toEqual(toJwkSet(keys, new Date()));
    expect(await readdir(folder.path)).toEqual(expect.arrayContaining(["card-signing.pem", "webhook-signing.pem"]));
  });

  it("refuses a file that is no key, rather than to make another one", async () => {
    await writeFile(join(folder.path, "card-signing.pem"), "no key", { mode: 0o600 });
    await expect(loadSigningKeys(folder.path)).rejects.toMatchObject({ reason: "CONFIG_INVALID" });
  });
});

describe("signJws", () => {
  it("makes a signature that the published key of its kid verifies", async () => {
    const keys = await loadSigningKeys(folder.path);
    const { webhooks } = keys;
    const jwks = toJwkSet(keys, new Date());
    const payload = new TextEncoder().encode(`{"hello":"world"}`);
    const jws = await signJws(webhooks, payload, { typ: "JWT" });
    const header = JSON.parse(Buffer.from(jws.protected, "base64url").toString());
    expect(header).toEqual({ alg: "EdDSA", kid: webhooks.kid, typ: "JWT" });
    const jwk = jwks.keys.find(({ kid }) => kid === header.kid);
    const key = createPublicKey({ key: { ...jwk }, format: "jwk" });
    const input = `${jws.protected}.${Buffer.from(payload).toString("base64url")}`;
    expect(verify(null, Buffer.from(input), key, Buffer.from(jws.signature, "base64url"))).toBe(true);
    expect(await signJws(webhooks, payload, { typ: "JWT" })).toEqual(jws);
  });
});
