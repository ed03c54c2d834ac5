import { beforeAll, describe, expect, it } from "vitest";
import { makeSampleLog } from "../test/sample-bundle.ts";
import type { SampleLog } from "../test/sample-bundle.ts";
import { LedgerError } from "./ledger-error.ts";
import { redactBundle } from "./redact-bundle.ts";
import { verifyBundle } from "./verify-bundle.ts";

let sample: SampleLog;
beforeAll(async () => {
  sample = await makeSampleLog({ addenda: ["review"] });
});

describe("redactBundle", () => {
  it("keeps the events that are named by number or by kind, and the result is as trusted as before", async () => {
    const shown = async (keep: Parameters<typeof redactBundle>[1]): Promise<readonly number[]> => {
      const verified = await verifyBundle(redactBundle(sample.bundle, keep), { trust: sample.trust });
      expect([verified.trusted, verified.events.total, verified.addenda.length]).toEqual([true, 3, 1]);
      return verified.events.shown.map(({ seq }) => seq);
    };
    expect(await shown({})).toEqual([]);
    expect(await shown({ seqs: new Set([2]) })).toEqual([2]);
    expect(await shown({ kinds: ["status"] })).toEqual([2, 3]);
    expect(await shown({ seqs: new Set([1, 2, 3, 99]) })).toEqual([1, 2, 3]);
  });

  it("can be done again, and never brings anything back", async () => {
    const once = redactBundle(sample.bundle, { seqs: new Set([1, 2]) });
    const twice = redactBundle(once, { seqs: new Set([2, 3]) });
    expect((await verifyBundle(twice)).events.shown.map(({ seq }) => seq)).toEqual([2]);
    expect(redactBundle(twice, { seqs: new Set([1, 2, 3]) })).toBe(twice);
  });

  it("leaves neither the event nor its salt in any encoding", () => {
    const redacted = redactBundle(sample.bundle, { seqs: new Set([2, 3]) });
    const [first] = sample.parts.events;
    if (first === undefined || !("salt" in first)) throw new Error("the sample discloses its events");
    const salt = Buffer.from(first.salt);
    for (const secret of [
      "Grüße",
      salt.toString("base64"),
      salt.toString("hex"),
      Buffer.from("Grüße").toString("base64"),
    ]) {
      expect(redacted).not.toContain(secret);
    }
    expect(sample.bundle).toContain("Grüße");
  });

  it("refuses what is no bundle", () => {
    expect(() => redactBundle("{}", {})).toThrow(LedgerError);
  });
});
