import { describe, expect, it } from "vitest";
import { makeSampleLog, nodeSigner } from "../test/sample-bundle.ts";
import { canonicalJson } from "./canonical-json.ts";
import { cosign, formatWitnessKey, parseWitnessKey, witnessKey } from "./cosignature.ts";
import type { WitnessPolicy } from "./cosignature.ts";
import { parseBundle } from "./receipt-bundle.ts";
import { verifyBundle } from "./verify-bundle.ts";

const AT = new Date("2026-11-29T10:00:00.000Z");
const WITNESSES = ["a", "b", "c"].map((name) => {
  const signer = nodeSigner();
  const key = witnessKey(`${name}.test/witness`, signer.publicKey);
  return { signer, key, vkey: formatWitnessKey(key) };
});
const [A, B, C] = WITNESSES.map(({ vkey }) => vkey);
const keys = [A, B, C].map(String);

/** The bundle with its checkpoint signed by the first `count` of the witnesses. */
async function witnessed(bundle: string, count: number): Promise<string> {
  const parsed = JSON.parse(bundle) as { log: { checkpoint: string } };
  const { checkpoint } = parsed.log;
  const text = checkpoint.slice(0, checkpoint.lastIndexOf("\n\n") + 1);
  for (const { key, signer } of WITNESSES.slice(0, count)) {
    parsed.log.checkpoint += await cosign(text, key, signer, AT);
  }
  return canonicalJson(parsed);
}

describe("a bundle whose checkpoint witnesses have signed", () => {
  it("verifies with as many of the named ones as are wanted, and names them", async () => {
    const { bundle, trust } = await makeSampleLog();
    const two = await witnessed(bundle, 2);
    expect((await verifyBundle(two, { trust })).witnesses).toEqual([]);
    const { witnesses, checks } = await verifyBundle(two, { trust, witnesses: { keys, atLeast: 2 } });
    expect(witnesses).toEqual([A, B].map((key) => ({ key, at: AT.toISOString() })));
    expect(checks.at(-1)).toBe("trust.witnesses");
  });

  it("is refused where too few have signed, one counts twice, or a named one's signature is wrong", async () => {
    const { bundle } = await makeSampleLog();
    const two = await witnessed(bundle, 2);
    const tooFew = { check: "trust.witnesses", message: expect.stringContaining("of the witnesses have signed") };
    const refused = async (text: string, policy: WitnessPolicy): Promise<unknown> =>
      await verifyBundle(text, { witnesses: policy }).catch((error: unknown) => error);
    expect(await refused(bundle, { keys, atLeast: 1 })).toMatchObject(tooFew);
    expect(await refused(two, { keys, atLeast: 3 })).toMatchObject(tooFew);
    expect(await refused(two, { keys: [String(A), String(A)], atLeast: 2 })).toMatchObject(tooFew);
    expect(await refused(two, { keys: [String(C)], atLeast: 1 })).toMatchObject(tooFew);
    const other = await makeSampleLog();
    const { checkpoint } = parseBundle(await witnessed(other.bundle, 1)).log;
    const line = checkpoint.trimEnd().split("\n").at(-1) ?? "";
    const foreign = JSON.parse(bundle) as { log: { checkpoint: string } };
    foreign.log.checkpoint += `${line}\n`;
    expect(await refused(canonicalJson(foreign), { keys, atLeast: 1 })).toMatchObject({
      check: "trust.witnesses",
      message: "the signature does not verify",
    });
  });

  it("wants keys of witnesses, not of logs", async () => {
    const { trust } = await makeSampleLog();
    expect(() => parseWitnessKey(trust.logs[0] ?? "")).toThrow("not the key of a witness");
    expect(() => parseWitnessKey(keys[0]?.replace("a.test", "b.test") ?? "")).toThrow("id is not the one");
    expect(parseWitnessKey(keys[0] ?? "")).toEqual(WITNESSES[0]?.key);
  });
});
