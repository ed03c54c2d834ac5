import { describe, expect, it } from "vitest";
import { makeSampleLog, nodeSigner } from "../test/sample-bundle.ts";
import type { SampleLog, SampleOptions } from "../test/sample-bundle.ts";
import type { AddendumStatement } from "./addendum.ts";
import { encodeAddendum, parseAddendum } from "./addendum.ts";
import { payloadOf } from "./dsse.ts";
import { LedgerError } from "./ledger-error.ts";
import { formatBundle } from "./receipt-bundle.ts";
import type { BundleAddendum, BundleParts } from "./receipt-bundle.ts";
import { verifyBundle } from "./verify-bundle.ts";

const ALL: SampleOptions = { addenda: ["eval", "review", "adjust"] };

async function refusal(
  bundle: string,
  options?: Parameters<typeof verifyBundle>[1],
): Promise<readonly [string, number | undefined]> {
  try {
    await verifyBundle(bundle, options);
  } catch (error) {
    if (error instanceof LedgerError) return [error.check, error.index];
    throw error;
  }
  return ["accepted", undefined];
}

function withAddenda(sample: SampleLog, change: (addenda: readonly BundleAddendum[]) => readonly unknown[]): string {
  // What the changes below make is of the right form or is to be refused for it.
  const addenda = change(sample.parts.addenda ?? []) as readonly BundleAddendum[];
  return formatBundle({ ...sample.parts, addenda });
}

describe("addenda", () => {
  it("are reported with what they say, who signed and where they stand", async () => {
    const sample = await makeSampleLog(ALL);
    const verified = await verifyBundle(sample.bundle, { trust: sample.trust });
    expect(verified.checks).toContain("addenda");
    expect(verified.addenda.map(({ kind, index }) => [kind, index])).toEqual([
      ["eval", 8],
      ["review", 9],
      ["adjust", 10],
    ]);
    expect(verified.addenda[0]?.statement.predicate).toMatchObject({ score: "0.75", passed: false });
    expect(verified.addenda[0]?.signedBy).toBe(verified.signedBy.controlPlane);
  });

  it("may be left out, and may not be doubled, swapped, moved or borrowed from another receipt", async () => {
    const sample = await makeSampleLog(ALL);
    const other = await makeSampleLog(ALL);
    const [foreign] = other.parts.addenda ?? [];
    expect(await refusal(withAddenda(sample, (all) => all.slice(1)))).toEqual(["accepted", undefined]);
    expect(await refusal(withAddenda(sample, ([a, b]) => [a, a, b]))).toEqual(["addenda", 1]);
    expect(await refusal(withAddenda(sample, (all) => all.toReversed()))).toEqual(["addenda", 1]);
    expect(await refusal(withAddenda(sample, ([a, b]) => [{ ...a, index: b?.index }]))).toEqual(["addenda", 0]);
    expect(await refusal(withAddenda(sample, ([a]) => [a, foreign]))).toEqual(["addenda", 1]);
    const before = { ...foreign, index: 1 };
    expect(await refusal(withAddenda(sample, () => [before]))).toEqual(["addenda", 0]);
  });

  it("are refused when one says something else than was signed, or is signed by another", async () => {
    const sample = await makeSampleLog(ALL);
    const text = (all: readonly BundleAddendum[]): BundleAddendum[] =>
      all.map((addendum, i) => {
        if (i !== 2) return addendum;
        const payload = Buffer.from(payloadOf(addendum.envelope)).toString().replace("-0.0123", "-9.0123");
        return { ...addendum, envelope: { ...addendum.envelope, payload: Buffer.from(payload).toString("base64") } };
      });
    expect(await refusal(withAddenda(sample, text))).toEqual(["addenda", 2]);
    const stranger = { publicKey: nodeSigner().publicKey, index: 3, proof: [] };
    expect(await refusal(withAddenda(sample, ([a]) => [{ ...a, key: stranger }]))).toEqual(["addenda", 0]);
  });

  it.each([
    [
      "the subject is another receipt",
      (s: AddendumStatement) => ({ ...s, subject: [{ ...s.subject[0], name: "rcpt_2" }] }),
    ],
    [
      "it names another log",
      (s: AddendumStatement) => ({ ...s, predicate: { ...s.predicate, log: "other/ledger/1" } }),
    ],
  ])("are refused when %s", async (_why, change) => {
    // The change keeps the statement's type.
    const changeAddendum = change as (statement: AddendumStatement) => AddendumStatement;
    const sample = await makeSampleLog({ addenda: ["review"], changeAddendum });
    expect(await refusal(sample.bundle)).toEqual(["addenda", 0]);
  });
});

describe("a statement that is no addendum", () => {
  const change: readonly [string, (predicate: Record<string, unknown>) => void][] = [
    ["a score that is a number", (p) => void (p["score"] = 1)],
    ["a score that is minus nothing", (p) => void (p["score"] = "-0.0")],
    ["a score with a leading zero", (p) => void (p["score"] = "01")],
    ["no verdict on whether it passed", (p) => void (p["passed"] = "yes")],
    ["a rubric that is no hash", (p) => void (p["rubric"] = "be nice")],
    ["a failure without a reason", (p) => void (p["failures"] = [{ case: "a" }])],
    ["a time without milliseconds", (p) => void (p["at"] = "2026-11-29T10:00:05Z")],
    ["another version", (p) => void (p["v"] = 2)],
  ];
  it.each(change)("is refused: %s", async (_what, spoil) => {
    const { parts } = await makeSampleLog({ addenda: ["eval"] });
    const [addendum] = parts.addenda ?? [];
    if (addendum === undefined) throw new Error("the sample has an addendum");
    const statement = structuredClone(parseAddendum(payloadOf(addendum.envelope)));
    // A plain object of ours, changed on purpose.
    spoil(statement.predicate as unknown as Record<string, unknown>);
    expect(() => encodeAddendum(statement)).toThrow(LedgerError);
  });
});

describe("keys that took over from others", () => {
  it("verify, and are trusted through the one that the policy names", async () => {
    const sample = await makeSampleLog({ rotations: 3, handedOver: true, addenda: ["review"] });
    const verified = await verifyBundle(sample.bundle, { trust: sample.trust });
    expect(verified.trusted).toBe(true);
    expect(verified.addenda[0]?.lineage).toHaveLength(5);
    const stranger = await makeSampleLog();
    const trust = { ...sample.trust, controlPlanes: stranger.trust.controlPlanes };
    expect(await refusal(sample.bundle, { trust })).toEqual(["trust.control-plane", undefined]);
  });

  it("are refused when the one before did not sign, is not in the log, or came later", async () => {
    const sample = await makeSampleLog({ rotations: 2 });
    const { controlPlane } = sample.parts;
    const { prior } = controlPlane;
    if (prior === undefined) throw new Error("the sample's key took over from another");
    const other = await makeSampleLog({ rotations: 1 });
    const spoiled: readonly BundleParts["controlPlane"][] = [
      { ...controlPlane, prior: { ...prior, signature: new Uint8Array(64) } },
      { ...controlPlane, prior: { ...prior, key: other.parts.controlPlane } },
      { ...controlPlane, prior: { ...prior, key: { ...prior.key, index: controlPlane.index } } },
      { publicKey: controlPlane.publicKey, index: controlPlane.index, proof: controlPlane.proof },
    ];
    for (const key of spoiled) {
      const bundle = formatBundle({ ...sample.parts, controlPlane: key });
      expect(await refusal(bundle)).toEqual(["log.cp-key", undefined]);
    }
  });
});
