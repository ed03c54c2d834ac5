import { describe, expect, it } from "vitest";
import { LedgerError, verifyBundle } from "../src/index.ts";
import { makeSampleLog } from "./sample-bundle.ts";

async function isRefused(bundle: string): Promise<boolean> {
  try {
    await verifyBundle(bundle);
    return false;
  } catch (error) {
    if (error instanceof LedgerError) return true;
    throw error;
  }
}

describe("a bundle", () => {
  it("is refused with any one bit of its bytes flipped", async () => {
    const { bundle } = await makeSampleLog({ filler: [1, 0, 1] });
    const bytes = Buffer.from(bundle);
    const accepted: string[] = [];
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const at = bit >> 3;
      const changed = Buffer.from(bytes);
      changed[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7));
      if (!(await isRefused(changed.toString("utf8")))) accepted.push(`bit ${bit}`);
    }
    expect(accepted).toEqual([]);
  });

  it("is refused with any one character missing or doubled", async () => {
    const { bundle } = await makeSampleLog({ filler: [1, 0, 1] });
    const accepted: number[] = [];
    for (let at = 0; at < bundle.length; at++) {
      const missing = bundle.slice(0, at) + bundle.slice(at + 1);
      const doubled = bundle.slice(0, at + 1) + bundle.slice(at);
      if (!(await isRefused(missing)) || !(await isRefused(doubled))) accepted.push(at);
    }
    expect(accepted).toEqual([]);
  });
});
