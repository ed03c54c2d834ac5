import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { MemoryPlace } from "../fakes/memory-place.ts";
import { writeBase } from "./write-base.ts";

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), "berth-kept-"))));
afterAll(async () => await rm(folder, { recursive: true, force: true }));

const files = {
  kind: "test",
  entries: [
    { kind: "bytes" as const, path: "etc/motd", mode: 0o644, bytes: new TextEncoder().encode("hello".repeat(1_000)) },
  ],
  env: [],
};

it("what one home has compressed another takes, byte for byte", async () => {
  const cacheFolder = join(folder, "one");
  const first = await writeBase(new MemoryPlace(), files, { cacheFolder });
  expect((await stat(cacheFolder)).mode & 0o777).toBe(0o700);
  const names = await readdir(cacheFolder);
  expect(names.toSorted()).toEqual([`${first.tag}.json`, `${first.tag}.tar.gz`]);
  const place = new MemoryPlace();
  expect(await writeBase(place, files, { cacheFolder })).toEqual(first);
  expect(await place.manifest(first.digest)).toBeDefined();
});

it.each([
  ["another layer", async (path: string) => await writeFile(`${path}.tar.gz`, "something else")],
  [
    "half of one",
    async (path: string) => await writeFile(`${path}.tar.gz`, (await readFile(`${path}.tar.gz`)).subarray(0, 20)),
  ],
  ["no digest", async (path: string) => await writeFile(`${path}.json`, "{}")],
  ["no JSON", async (path: string) => await writeFile(`${path}.json`, "{")],
  ["a folder", async (path: string) => await rm(`${path}.tar.gz`).then(async () => await mkdir(`${path}.tar.gz`))],
])("%s in its place is not taken: it is made again", async (name, damage) => {
  const cacheFolder = join(folder, name.replaceAll(" ", "-"));
  const first = await writeBase(new MemoryPlace(), files, { cacheFolder });
  await damage(join(cacheFolder, first.tag));
  expect(await writeBase(new MemoryPlace(), files, { cacheFolder })).toEqual(first);
});

it("a folder that cannot be written costs nothing but time", async () => {
  const file = join(folder, "file");
  await writeFile(file, "");
  const made = await writeBase(new MemoryPlace(), files, { cacheFolder: join(file, "below") });
  expect(made.name).toBe("berth/test");
});
