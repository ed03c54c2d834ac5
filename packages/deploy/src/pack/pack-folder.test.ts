import { mkdir, mkdtemp, rm, utimes, writeFile, chmod } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { unpackArchive } from "../unpack/unpack-archive.ts";
import { packFolder } from "./pack-folder.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-pack-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("the same files give the same bytes, whenever and wherever they were written", async () => {
  const copies = ["one", "two"].map((name) => join(folder, name));
  for (const [index, copy] of copies.entries()) {
    await mkdir(join(copy, "src"), { recursive: true });
    const names = index === 0 ? ["src/agent.ts", "b.csv"] : ["b.csv", "src/agent.ts"];
    for (const name of names) await writeFile(join(copy, name), name);
    await utimes(join(copy, "b.csv"), index, index);
    await chmod(join(copy, "b.csv"), index === 0 ? 0o600 : 0o755);
  }
  const [one, two] = await Promise.all(copies.map((copy) => packFolder(copy)));
  expect(Buffer.from(one?.archive ?? []).equals(Buffer.from(two?.archive ?? [1]))).toBe(true);
  expect(one).toMatchObject({ files: 2, bytes: 17 });
});

test("what was packed comes out again, with long and non-ASCII paths and an empty file", async () => {
  const long = `src/${"deep/".repeat(20)}${"n".repeat(150)}.ts`;
  await mkdir(join(folder, "src", "deep/".repeat(20)), { recursive: true });
  await writeFile(join(folder, long), "long");
  await writeFile(join(folder, "src/agent.ts"), "export default 1;");
  await writeFile(join(folder, "größe – 価格.csv"), "a,b");
  await writeFile(join(folder, "empty"), "");
  const tree = await unpackArchive((await packFolder(folder)).archive);
  const found = Object.fromEntries(tree.files.map(({ path, bytes }) => [path, Buffer.from(bytes).toString()]));
  expect(found).toEqual({ [long]: "long", "src/agent.ts": "export default 1;", "größe – 価格.csv": "a,b", empty: "" });
});

test("a folder that is not an agent is refused before anything is sent", async () => {
  await writeFile(join(folder, "README.md"), "hello");
  await expect(packFolder(folder)).rejects.toMatchObject({
    reason: "CONFIG_INVALID",
    hint: expect.stringMatching(/src\/agent/),
  });
});

test("a mistake in berth.json is found with the nearest key", async () => {
  await writeFile(join(folder, "agent.ts"), "");
  await writeFile(join(folder, "berth.json"), '{ "visibilty": "public" }');
  await expect(packFolder(folder)).rejects.toThrow(/visibilty.*visibility/);
  await writeFile(join(folder, "berth.json"), '{ "visibility": ');
  await expect(packFolder(folder)).rejects.toThrow("berth.json is not JSON");
});

test("a folder that does not compress below the limit is refused", async () => {
  await writeFile(join(folder, "agent.ts"), "");
  await writeFile(join(folder, "blob.bin"), randomBytes(2 * 1024 * 1024));
  await expect(packFolder(folder, { maxPackedBytes: 1024 * 1024 })).rejects.toMatchObject({
    reason: "ARCHIVE_REFUSED",
    message: "The packed folder exceeds 1 MiB.",
  });
});

test("packing stops when it is aborted", async () => {
  await writeFile(join(folder, "agent.ts"), "");
  await expect(packFolder(folder, { signal: AbortSignal.abort() })).rejects.toMatchObject({ reason: "CANCELED" });
});
