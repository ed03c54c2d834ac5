import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { blobStoreContract } from "../blob-store.contract.ts";
import { FileBlobStore } from "./file-blob-store.ts";

const folders: string[] = [];
async function newFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "berth-blobs-"));
  folders.push(folder);
  return folder;
}
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

blobStoreContract("files", async () => new FileBlobStore(path.join(await newFolder(), "blobs")));

describe("FileBlobStore", () => {
  const bytes = Buffer.from("content");

  it("still has its blobs after it is opened again", async () => {
    const folder = await newFolder();
    const digest = await new FileBlobStore(folder).put(bytes);
    expect(await new FileBlobStore(folder).get(digest)).toEqual(bytes);
  });

  it("refuses to return damaged bytes, and heals when they are put again", async () => {
    const folder = await newFolder();
    const blobs = new FileBlobStore(folder);
    const digest = await blobs.put(bytes);
    const hex = digest.slice("sha256:".length);
    await writeFile(path.join(folder, hex.slice(0, 2), hex.slice(2)), "tampered");
    await expect(blobs.get(digest)).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE", retryable: false });
    await blobs.put(bytes);
    expect(await blobs.get(digest)).toEqual(bytes);
  });

  it("removes what an interrupted process left unfinished", async () => {
    const folder = await newFolder();
    await mkdir(path.join(folder, "unfinished"));
    await writeFile(path.join(folder, "unfinished", "0123456789abcdef-0"), "half");
    await new FileBlobStore(folder).put(bytes);
    expect(await readdir(path.join(folder, "unfinished"))).toEqual([]);
  });

  it("says that the store is unavailable when the folder cannot be used", async () => {
    const file = path.join(await newFolder(), "file");
    await writeFile(file, "");
    await expect(new FileBlobStore(file).put(bytes)).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE" });
  });
});
