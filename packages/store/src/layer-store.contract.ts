import { describe, expect, it } from "vitest";
import { digestOf } from "./digest.ts";
import type { LayerStore } from "./layer-store.ts";

const MOST = { maxBytes: 1024 * 1024 };

/** What every driver of `LayerStore` promises. `open` makes an empty one. */
export function layerStoreContract(driver: string, open: () => Promise<LayerStore>): void {
  describe(`${driver} as a LayerStore`, () => {
    const bytes = Buffer.from("hello, layer");
    const digest = digestOf(bytes);

    it("keeps bytes under their digest, said or not", async () => {
      const layers = await open();
      expect(await layers.write(inPieces(bytes, 5), MOST)).toEqual({ digest, size: bytes.length });
      expect(await layers.write(inPieces(bytes, 3), { ...MOST, digest })).toEqual({ digest, size: bytes.length });
      expect(await layers.size(digest)).toBe(bytes.length);
      expect(await readAll(layers, digest)).toEqual(bytes);
      expect((await layers.open(digest))?.size).toBe(bytes.length);
    });

    it("keeps no bytes at all as well", async () => {
      const layers = await open();
      const { digest: empty } = await layers.write(inPieces(Buffer.alloc(0), 1), MOST);
      expect(await layers.size(empty)).toBe(0);
      expect(await readAll(layers, empty)).toHaveLength(0);
    });

    it("reads a range", async () => {
      const layers = await open();
      await layers.write(inPieces(bytes, 5), MOST);
      expect((await readAll(layers, digest, { from: 7, to: 12 })).toString()).toBe("layer");
      expect((await layers.open(digest, { from: 0, to: 1 }))?.size).toBe(bytes.length);
    });

    it("keeps nothing of what is too large, is something else or breaks off", async () => {
      const layers = await open();
      await expect(layers.write(inPieces(bytes, 5), { maxBytes: 11 })).rejects.toMatchObject({
        reason: "REQUEST_TOO_LARGE",
      });
      const other = digestOf(Buffer.from("other"));
      await expect(layers.write(inPieces(bytes, 5), { ...MOST, digest: other })).rejects.toMatchObject({
        reason: "CONTENT_MISMATCH",
      });
      await expect(layers.write(breakingOff(bytes), { ...MOST, digest })).rejects.toMatchObject({ reason: "CANCELED" });
      const aborted = AbortSignal.abort();
      await expect(layers.write(inPieces(bytes, 5), { ...MOST, signal: aborted })).rejects.toMatchObject({
        reason: "CANCELED",
      });
      expect(await layers.size(digest)).toBeUndefined();
      expect(await layers.size(other)).toBeUndefined();
    });

    it("takes the same bytes several times at once", async () => {
      const layers = await open();
      const writes = Array.from({ length: 4 }, async () => await layers.write(inPieces(bytes, 2), MOST));
      expect(new Set((await Promise.all(writes)).map((written) => written.digest))).toEqual(new Set([digest]));
      expect(await readAll(layers, digest)).toEqual(bytes);
    });

    it("has nothing under names that are no digests", async () => {
      const layers = await open();
      for (const name of ["", "sha256:", "sha256:../../../etc/passwd", `sha256:${"A".repeat(64)}`, "sha512:00"]) {
        expect(await layers.open(name)).toBeUndefined();
        expect(await layers.size(name)).toBeUndefined();
        expect(await layers.delete(name)).toBe(false);
      }
    });

    it("deletes once, and not what was written again since", async () => {
      const layers = await open();
      const before = new Date(Date.now() - 60_000);
      await layers.write(inPieces(bytes, 5), MOST);
      expect(await layers.delete(digest, before)).toBe(false);
      expect(await layers.delete(digest)).toBe(true);
      expect(await layers.delete(digest)).toBe(false);
      expect(await layers.open(digest)).toBeUndefined();
    });

    it("takes an upload in pieces, and knows how far it is", async () => {
      const layers = await open();
      const id = await layers.beginUpload();
      expect(await layers.uploadSize(id)).toBe(0);
      expect(await layers.append(id, 0, inPieces(bytes.subarray(0, 5), 2), MOST)).toBe(5);
      expect(await layers.uploadSize(id)).toBe(5);
      expect(await layers.append(id, 5, inPieces(bytes.subarray(5), 2), MOST)).toBe(bytes.length);
      expect(await layers.finishUpload(id, digest)).toEqual({ size: bytes.length });
      expect(await readAll(layers, digest)).toEqual(bytes);
      expect(await layers.uploadSize(id)).toBeUndefined();
    });

    it("refuses a piece that does not go on where the last one ended", async () => {
      const layers = await open();
      const id = await layers.beginUpload();
      await layers.append(id, 0, inPieces(bytes.subarray(0, 5), 5), MOST);
      for (const offset of [0, 4, 6]) {
        const piece = layers.append(id, offset, inPieces(bytes.subarray(5), 5), MOST);
        await expect(piece).rejects.toMatchObject({ reason: "CONTENT_MISMATCH" });
      }
      expect(await layers.uploadSize(id)).toBe(5);
    });

    it("keeps what came of a piece that breaks off, and nothing of one that is too much", async () => {
      const layers = await open();
      const id = await layers.beginUpload();
      const broken = layers.append(id, 0, breakingOff(bytes.subarray(0, 5)), MOST);
      await expect(broken).rejects.toMatchObject({ reason: "CANCELED" });
      expect(await layers.uploadSize(id)).toBe(5);
      const tooMuch = layers.append(id, 5, inPieces(bytes.subarray(5), 2), { maxBytes: bytes.length - 1 });
      await expect(tooMuch).rejects.toMatchObject({ reason: "REQUEST_TOO_LARGE" });
      expect(await layers.uploadSize(id)).toBe(5);
      await layers.append(id, 5, inPieces(bytes.subarray(5), 2), MOST);
      await layers.finishUpload(id, digest);
      expect(await readAll(layers, digest)).toEqual(bytes);
    });

    it("lets one piece of an upload arrive at a time", async () => {
      const layers = await open();
      const id = await layers.beginUpload();
      const gate = Promise.withResolvers<void>();
      const first = layers.append(id, 0, waiting(bytes, gate.promise), MOST);
      await expect(layers.append(id, 0, inPieces(bytes, 5), MOST)).rejects.toMatchObject({
        reason: "CONTENT_MISMATCH",
      });
      await expect(layers.finishUpload(id, digest)).rejects.toMatchObject({ reason: "CONTENT_MISMATCH" });
      gate.resolve();
      expect(await first).toBe(bytes.length);
    });

    it("an upload with another digest than it should have stays as it is", async () => {
      const layers = await open();
      const id = await layers.beginUpload();
      await layers.append(id, 0, inPieces(bytes, 5), MOST);
      const wrong = digestOf(Buffer.from("other"));
      for (const said of [wrong, "sha512:00"]) {
        await expect(layers.finishUpload(id, said)).rejects.toMatchObject({ reason: "CONTENT_MISMATCH" });
      }
      expect(await layers.finishUpload(id, digest)).toEqual({ size: bytes.length });
    });

    it("forgets uploads that are given up, or that nobody touches", async () => {
      const layers = await open();
      const [one, other] = [await layers.beginUpload(), await layers.beginUpload()];
      expect(await layers.abortUpload(one)).toBe(true);
      expect(await layers.abortUpload(one)).toBe(false);
      expect(await layers.dropUploads(new Date(Date.now() - 60_000))).toBe(0);
      expect(await layers.dropUploads(new Date(Date.now() + 60_000))).toBe(1);
      expect(await layers.uploadSize(other)).toBeUndefined();
      await expect(layers.append(other, 0, inPieces(bytes, 5), MOST)).rejects.toMatchObject({
        reason: "IMAGE_NOT_FOUND",
      });
      for (const name of ["", "..", "../blobs", "0".repeat(32)]) {
        expect(await layers.uploadSize(name)).toBeUndefined();
        expect(await layers.abortUpload(name)).toBe(false);
      }
    });
  });
}

export async function readAll(
  layers: LayerStore,
  digest: string,
  range?: { readonly from: number; readonly to: number },
): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of (await layers.open(digest, range))?.bytes ?? []) pieces.push(piece);
  return Buffer.concat(pieces);
}

export async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function* breakingOff(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
  throw new Error("the connection broke");
}

async function* waiting(bytes: Uint8Array, gate: Promise<void>): AsyncGenerator<Uint8Array, void, undefined> {
  await gate;
  yield bytes;
}
