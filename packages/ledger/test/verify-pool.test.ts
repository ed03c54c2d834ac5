import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseTrustPolicy } from "@berth/ledger";
import { openVerifyPool } from "@berth/ledger/node";
import { describe, expect, it } from "vitest";

const read = (name: string): string => readFileSync(join(import.meta.dirname, "fixtures", name), "utf8").trimEnd();
const BUNDLES = ["0.1-echo.json", "0.1-csv-analyst-approved.json", "0.1-csv-analyst-rejected.json"].map(read);

describe("a pool that verifies bundles", () => {
  it("answers for each of many, on this thread and on others, and names what does not hold", async () => {
    await using pool = openVerifyPool({ trust: parseTrustPolicy(read("0.1-keys.json")), threads: 2, alone: 5 });
    const answers = await Promise.allSettled(
      Array.from({ length: 120 }, async (_, i) => {
        const bundle = BUNDLES[i % 3] ?? "";
        return await pool.verify(i % 10 === 7 ? bundle.replace('"sig":"', '"sig":"A') : bundle);
      }),
    );
    for (const [i, answer] of answers.entries()) {
      if (i % 10 === 7) {
        expect(answer).toMatchObject({ status: "rejected", reason: { name: "LedgerError", check: "signature.sa" } });
      } else expect(answer).toMatchObject({ status: "fulfilled", value: { trusted: true } });
    }
  });

  it("gives an event that was changed its number, from a thread too", async () => {
    await using pool = openVerifyPool({ alone: 0, threads: 1 });
    const changed = (BUNDLES[0] ?? "").replace('"seq":2,', '"seq":3,');
    await expect(pool.verify(changed)).rejects.toMatchObject({ check: "events", index: 1 });
  });

  it("refuses what waits when it is closed", async () => {
    const pool = openVerifyPool({ alone: 0, threads: 1 });
    const asked = pool.verify(BUNDLES[0] ?? "").catch((error: unknown) => String(error));
    await new Promise((resolve) => setImmediate(resolve));
    await pool[Symbol.asyncDispose]();
    expect(await asked).toMatch(/ended/);
  });
});
