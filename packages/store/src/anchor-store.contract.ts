import { expect, it } from "vitest";
import type { AnchorRecord } from "./anchor-store.ts";
import type { Store } from "./store.ts";

export function anchorStoreContract(store: () => Store): void {
  const anchor = (sink: string, size: number): AnchorRecord => ({
    sink,
    size,
    at: "2026-11-29T10:00:00.000Z",
    checkpoint: `log\n${size}\nroot\n\n— log sig\n`,
    evidence: '{"type":"file"}',
  });

  it("keeps each anchor once, those of the largest logs first", async () => {
    const { anchors } = store();
    for (const each of [anchor("file", 5), anchor("tsa", 9), anchor("file", 9)]) await anchors.append(each);
    await anchors.append({ ...anchor("file", 9), evidence: "another" });
    expect(await anchors.list(10)).toEqual([anchor("file", 9), anchor("tsa", 9), anchor("file", 5)]);
    expect(await anchors.list(1)).toEqual([anchor("file", 9)]);
  });

  it("knows the newest of each sink", async () => {
    const { anchors } = store();
    expect(await anchors.newest("other")).toBeUndefined();
    for (const size of [3, 2_000, 40]) await anchors.append(anchor("other", size));
    expect(await anchors.newest("other")).toEqual(anchor("other", 2_000));
    expect(await anchors.newest("nul \u0000")).toBeUndefined();
  });
}
