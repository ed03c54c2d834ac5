import { describe, expect, it } from "vitest";
import type { BlobStore } from "./blob-store.ts";

/** What every driver of `BlobStore` promises. `open` makes an empty one. */
export function blobStoreContract(driver: string, open: () => Promise<BlobStore>): void {
  describe(`${driver} as a BlobStore`, () => {
    const bytes = Buffer.from("hello");
    const digest = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    it("keeps bytes under their digest", async () => {
      const blobs = await open();
      expect(await blobs.put(bytes)).toBe(digest);
      expect(Buffer.from((await blobs.get(digest)) ?? [])).toEqual(bytes);
      expect(await blobs.has(digest)).toBe(true);
    });

    it("takes the same bytes twice, also at once, and no bytes at all", async () => {
      const blobs = await open();
      expect(await Promise.all([blobs.put(bytes), blobs.put(bytes), blobs.put(bytes)])).toEqual([
        digest,
        digest,
        digest,
      ]);
      const empty = await blobs.put(new Uint8Array());
      expect(await blobs.get(empty)).toHaveLength(0);
    });

    it("forgets what is deleted, once", async () => {
      const blobs = await open();
      await blobs.put(bytes);
      expect(await blobs.delete(digest)).toBe(true);
      expect(await blobs.delete(digest)).toBe(false);
      expect(await blobs.has(digest)).toBe(false);
      expect(await blobs.get(digest)).toBeUndefined();
    });

    it("has nothing under names that are no digests", async () => {
      const blobs = await open();
      for (const name of ["", "sha256:", "sha256:../../../etc/passwd", `sha256:${"A".repeat(64)}`, "md5:00"]) {
        expect(await blobs.get(name)).toBeUndefined();
        expect(await blobs.has(name)).toBe(false);
        expect(await blobs.delete(name)).toBe(false);
      }
    });

    it("does not share its bytes with callers", async () => {
      const blobs = await open();
      const mine = Buffer.from("hello");
      await blobs.put(mine);
      mine.fill(0);
      const read = await blobs.get(digest);
      read?.fill(0);
      expect(Buffer.from((await blobs.get(digest)) ?? [])).toEqual(bytes);
    });
  });
}
