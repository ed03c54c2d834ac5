import { mkdir, mkdtemp, rm, symlink, utimes, writeFile, chmod } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import * as fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { digestOf } from "../digest.ts";
import { MemoryPlace, pieces } from "../fakes/memory-place.ts";
import { readAll } from "../read-all.ts";
import { writeLayer } from "../write-layer.ts";
import { folderEntries } from "./folder-entries.ts";
import type { LayerEntry } from "./layer-entry.ts";
import { layerTar } from "./layer-tar.ts";
import { readTar } from "./read-tar.ts";

async function bytesOf(entries: readonly LayerEntry[]): Promise<Uint8Array> {
  return await readAll(layerTar(entries).bytes(), 1e9, "the tar");
}

function file(path: string, text = path): LayerEntry {
  return { kind: "bytes", path, mode: 0o644, bytes: new TextEncoder().encode(text) };
}

test("the same entries give the same bytes in whatever order they come", async () => {
  const entries = [file("b/c"), file("a"), file("b/a"), { kind: "link", path: "l", target: "a" } as const];
  expect(digestOf(await bytesOf(entries))).toBe(digestOf(await bytesOf(entries.toReversed())));
});

test("any path and any link come back as they were, and the size is known before", async () => {
  const name = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 60 })
    .filter((text) => !/[/\0]/.test(text) && !/^\.+$/.test(text));
  const path = fc.array(name, { minLength: 1, maxLength: 8 }).map((parts) => parts.join("/"));
  await fc.assert(
    fc.asyncProperty(path, path, fc.uint8Array({ maxLength: 2_000 }), async (path, target, content) => {
      const entries: LayerEntry[] = [
        { kind: "bytes", path: `f/${path}`, mode: 0o755, bytes: content },
        { kind: "link", path: `l/${path}`, target },
      ];
      const bytes = await bytesOf(entries);
      expect(bytes.length).toBe(layerTar(entries).size);
      expect(bytes.length % 512).toBe(0);
      const found = new Map<string, unknown>();
      for await (const { header, content } of readTar(pieces(bytes))) {
        const text = await readAll(content, 1e6, "a file");
        if (header.type === "file") found.set(header.name, digestOf(text));
        if (header.type === "symlink") found.set(header.name, header.linkname);
        expect(header).toMatchObject({ uid: 0, gid: 0, mtime: new Date(0) });
      }
      expect(found.get(`f/${path}`)).toBe(digestOf(content));
      expect(found.get(`l/${path}`)).toBe(target);
    }),
    { numRuns: 60 },
  );
});

test("every folder stands before what is in it, once", async () => {
  const names: string[] = [];
  for await (const { header } of readTar(pieces(await bytesOf([file("a/b/c/d"), file("a/b/e"), file("a-b")])))) {
    names.push(header.name);
  }
  expect(names).toEqual(
    ["a/", "a-b", "a/b/", "a/b/c/", "a/b/c/d", "a/b/e"].toSorted((x, y) => names.indexOf(x) - names.indexOf(y)),
  );
  expect(names.indexOf("a/b/")).toBeLessThan(names.indexOf("a/b/e"));
  expect(names.indexOf("a/")).toBeLessThan(names.indexOf("a/b/"));
});

test("a folder's times and owners are not in its layer; whether a file may be executed is, where that is asked for", async () => {
  const folder = await mkdtemp(join(tmpdir(), "berth-layer-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, "bin"));
  await writeFile(join(folder, "bin/run"), "#!/bin/sh\n");
  await chmod(join(folder, "bin/run"), 0o700);
  await symlink("bin/run", join(folder, "link"));
  const before = await bytesOf(await folderEntries(folder, { at: "app" }));
  await utimes(join(folder, "bin/run"), 1_000, 1_000);
  expect(digestOf(await bytesOf(await folderEntries(folder, { at: "app" })))).toBe(digestOf(before));
  const modes = (await folderEntries(folder, { at: "app", keepExecutable: true })).map((entry) => [
    entry.path,
    entry.kind === "file" ? entry.mode : entry.kind,
  ]);
  expect(Object.fromEntries(modes)).toEqual({ "app/bin": "folder", "app/bin/run": 0o755, "app/link": "link" });
});

test("a file that changes while it is read is noticed", async () => {
  const folder = await mkdtemp(join(tmpdir(), "berth-layer-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "log"), "one");
  const entries = await folderEntries(folder, { at: "app" });
  await writeFile(join(folder, "log"), "one and two");
  await expect(bytesOf(entries)).rejects.toThrow("changed while it was read");
});

test("a gzip'd layer has no time and no operating system in it, and its diff id is of the tar", async () => {
  const place = new MemoryPlace();
  const tar = layerTar([file("a", "a".repeat(100_000))]);
  const first = await writeLayer(place, tar, { gzip: true });
  const again = await writeLayer(place, tar, { gzip: true });
  expect(again).toEqual(first);
  const bytes = Buffer.from(place.blobs.get(first.descriptor.digest) ?? []);
  expect([...bytes.subarray(3, 8), bytes[9]]).toEqual([0, 0, 0, 0, 0, 0xff]);
  expect(digestOf(gunzipSync(bytes))).toBe(first.diffId);
});
