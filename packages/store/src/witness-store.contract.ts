import { expect, it } from "vitest";
import type { Store } from "./store.ts";

export function witnessStoreContract(store: () => Store): void {
  it("keeps how far it has seen a log, and moves on only from where it is", async () => {
    const { witness } = store();
    await witness.addLog({ origin: "a.test/ledger", vkey: "v" });
    await expect(witness.addLog({ origin: "a.test/ledger", vkey: "w" })).rejects.toMatchObject({
      reason: "STORE_CONFLICT",
    });
    const begin = { size: 0, root: "" };
    expect(await witness.log("a.test/ledger")).toEqual({ origin: "a.test/ledger", vkey: "v", ...begin });
    const race = [
      { size: 5, root: "r5" },
      { size: 7, root: "r7" },
    ].map(async (to) => await witness.advance("a.test/ledger", begin, to));
    expect((await Promise.all(race)).filter(Boolean)).toHaveLength(1);
    const now = await witness.log("a.test/ledger");
    if (now === undefined) throw new Error("the log is gone");
    expect(await witness.advance("a.test/ledger", { ...now, root: "other" }, { size: 9, root: "r9" })).toBe(false);
    expect(await witness.advance("a.test/ledger", now, { size: 9, root: "r9" })).toBe(true);
    expect(await witness.advance("b.test/ledger", begin, { size: 9, root: "r9" })).toBe(false);
    expect(await witness.logs()).toEqual([{ origin: "a.test/ledger", vkey: "v", size: 9, root: "r9" }]);
    expect(await witness.removeLog("a.test/ledger")).toBe(true);
    expect(await witness.removeLog("a.test/ledger")).toBe(false);
    expect(await witness.log("nul \u0000")).toBeUndefined();
  });

  it("keeps the witnesses that are asked, each once", async () => {
    const { witness } = store();
    await witness.savePeer({ vkey: "k1", url: "https://one.test" });
    await witness.savePeer({ vkey: "k2", url: "https://two.test" });
    await witness.savePeer({ vkey: "k1", url: "https://moved.test" });
    expect(await witness.peers()).toEqual([
      { vkey: "k1", url: "https://moved.test" },
      { vkey: "k2", url: "https://two.test" },
    ]);
    expect(await witness.removePeer("k1")).toBe(true);
    expect(await witness.removePeer("k1")).toBe(false);
  });
}
