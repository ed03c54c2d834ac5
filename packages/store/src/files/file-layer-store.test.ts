import { mkdir, mkdtemp, readFile, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { digestOf } from "../digest.ts";
import { inPieces, layerStoreContract, readAll } from "../layer-store.contract.ts";
import { FileLayerStore } from "./file-layer-store.ts";

const folders: string[] = [];
async function newFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "berth-layers-"));
  folders.push(folder);
  return folder;
}
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

layerStoreContract("files", async () => new FileLayerStore(path.join(await newFolder(), "images")));

describe("FileLayerStore", () => {
  const bytes = Buffer.alloc(700_000, "0123456789");
  const digest = digestOf(bytes);
  const hex = digest.slice("sha256:".length);
  const most = { maxBytes: 1024 * 1024 };
  const fileIn = (folder: string): string => path.join(folder, "blobs", hex.slice(0, 2), hex.slice(2));

  it("still has its layers, and goes on with its uploads, after it is opened again", async () => {
    const folder = await newFolder();
    const before = new FileLayerStore(folder);
    await before.write(inPieces(bytes, 100_000), most);
    const id = await before.beginUpload();
    await before.append(id, 0, inPieces(bytes.subarray(0, 300_000), 100_000), most);
    const after = new FileLayerStore(folder);
    expect(await readAll(after, digest)).toEqual(bytes);
    expect(await after.uploadSize(id)).toBe(300_000);
    await after.append(id, 300_000, inPieces(bytes.subarray(300_000), 100_000), most);
    expect(await after.finishUpload(id, digest)).toEqual({ size: bytes.length });
  });

  it("a reader of damaged bytes never gets all of them, and another push heals them", async () => {
    const folder = await newFolder();
    const layers = new FileLayerStore(folder);
    await layers.write(inPieces(bytes, 100_000), most);
    const damaged = await readFile(fileIn(folder));
    damaged[10] = 0;
    await writeFile(fileIn(folder), damaged);
    const seen: Uint8Array[] = [];
    const reading = (async () => {
      for await (const piece of (await layers.open(digest))?.bytes ?? []) seen.push(piece);
    })();
    await expect(reading).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE", retryable: false });
    expect(Buffer.concat(seen).length).toBeLessThan(bytes.length);
    await expect(layers.open(digest, { from: 1, to: 2 })).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE" });
    await layers.write(inPieces(bytes, 100_000), most);
    expect(await readAll(layers, digest)).toEqual(bytes);
    await truncate(fileIn(folder), 100);
    await expect(readAll(layers, digest)).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE" });
  });

  it("removes what an interrupted process left unfinished, and leaves nothing of what fails", async () => {
    const folder = await newFolder();
    await mkdir(path.join(folder, "unfinished"), { recursive: true });
    await writeFile(path.join(folder, "unfinished", "0123456789abcdef-0"), "half");
    const layers = new FileLayerStore(folder);
    await expect(layers.write(inPieces(bytes, 1_000), { maxBytes: 10_000 })).rejects.toThrow();
    expect(await readdir(path.join(folder, "unfinished"))).toEqual([]);
  });

  it("a sender that goes silent is let go when the caller gives up", async () => {
    const layers = new FileLayerStore(await newFolder());
    const caller = new AbortController();
    const silent: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({ next: async () => await new Promise(() => caller.abort()) }),
    };
    await expect(layers.write(silent, { ...most, signal: caller.signal })).rejects.toMatchObject({
      reason: "CANCELED",
    });
  });

  it("asks for the next piece only when the last one is written", async () => {
    const layers = new FileLayerStore(await newFolder());
    let asked = 0;
    const counted = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      for (let i = 0; i < 5; i++) {
        asked += 1;
        yield bytes.subarray(0, 100);
      }
    };
    const tooSmall = layers.write(counted(), { maxBytes: 150 });
    await expect(tooSmall).rejects.toMatchObject({ reason: "REQUEST_TOO_LARGE" });
    expect(asked).toBe(2);
  });

  it("says that the store is unavailable when the folder cannot be used", async () => {
    const file = path.join(await newFolder(), "file");
    await writeFile(file, "");
    const writing = new FileLayerStore(file).write(inPieces(bytes, 1_000), most);
    await expect(writing).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE" });
  });
});
