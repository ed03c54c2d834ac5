import { lstat, mkdtemp, readFile, readdir, readlink, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import zlib from "node:zlib";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { digestOf } from "../digest.ts";
import { MemoryPlace } from "../fakes/memory-place.ts";
import { imageOf, tarOf } from "../fakes/tar-image.ts";
import type { TarItem } from "../fakes/tar-image.ts";
import { IMAGE_LIMITS } from "./image-limits.ts";
import type { ImageLimits } from "./image-limits.ts";
import { unpackImage } from "./unpack-image.ts";

let folder: string;
let place: MemoryPlace;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-unpack-"));
  place = new MemoryPlace();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function unpack(layers: readonly (readonly TarItem[])[], limits: Partial<ImageLimits> = {}): Promise<string> {
  const root = join(folder, "root");
  const digest = await imageOf(place, await Promise.all(layers.map(tarOf)));
  await unpackImage(place, digest, root, { limits: { ...IMAGE_LIMITS, ...limits } });
  return root;
}

async function text(root: string, path: string): Promise<string> {
  return await readFile(join(root, path), "utf8");
}

/** Nothing but the root is there, and when it was refused, nothing at all. */
async function leftovers(): Promise<readonly string[]> {
  return await readdir(folder);
}

describe("an honest image", () => {
  test.each([
    ["plain", (tar: Uint8Array) => tar],
    ["gzip", (tar: Uint8Array) => zlib.gzipSync(tar)],
    ["zstd", (tar: Uint8Array) => zlib.zstdCompressSync(tar)],
  ])("is unpacked from %s layers, whatever their media type says", async (_name, encode) => {
    const tar = await tarOf([[{ name: "etc/motd" }, "hello"]]);
    await unpackImage(place, await imageOf(place, [tar], encode), join(folder, "root"));
    expect(await text(join(folder, "root"), "etc/motd")).toBe("hello");
    expect(await leftovers()).toEqual(["root"]);
  });

  test("has its layers one over the other", async () => {
    const root = await unpack([
      [
        [{ name: "a" }, "old"],
        [{ name: "d/gone" }, "x"],
        [{ name: "d/kept" }, "kept"],
        [{ name: "o/old" }, "x"],
      ],
      [[{ name: "a" }, "new"], [{ name: "d/.wh.gone" }], [{ name: "o/new" }, "new"], [{ name: "o/.wh..wh..opq" }]],
    ]);
    expect(await text(root, "a")).toBe("new");
    expect(await readdir(join(root, "d"))).toEqual(["kept"]);
    expect(await readdir(join(root, "o"))).toEqual(["new"]);
  });

  test("has a file where another layer had a folder, and the other way round", async () => {
    const root = await unpack([
      [
        [{ name: "a/b" }, "x"],
        [{ name: "c" }, "x"],
      ],
      [
        [{ name: "a" }, "file"],
        [{ name: "c/d" }, "inside"],
      ],
    ]);
    expect(await text(root, "a")).toBe("file");
    expect(await text(root, "c/d")).toBe("inside");
  });

  test("loses setuid bits and is readable by everybody", async () => {
    const root = await unpack([
      [
        [{ name: "sh", mode: 0o4700, uid: 1234 }, "x"],
        [{ name: "key", mode: 0o600 }, "x"],
        [{ name: "tmp/", type: "directory", mode: 0o1777 }],
      ],
    ]);
    const modes = await Promise.all(
      ["sh", "key", "tmp", "."].map(async (path) => (await stat(join(root, path))).mode & 0o7777),
    );
    expect(modes).toEqual([0o755, 0o644, 0o755, 0o755]);
    expect((await stat(join(root, "sh"))).uid).toBe(process.getuid?.());
  });

  test("keeps absolute links as they are, and devices and pipes are passed over", async () => {
    const root = await unpack([
      [
        [{ name: "lib", type: "symlink", linkname: "/usr/lib" }],
        [{ name: "dev/null", type: "character-device", devmajor: 1, devminor: 3 }],
        [{ name: "dev/sda", type: "block-device" }],
        [{ name: "pipe", type: "fifo" }],
      ],
    ]);
    expect(await readlink(join(root, "lib"))).toBe("/usr/lib");
    expect(await readdir(root)).toEqual(["lib"]);
  });

  test("writes through its own links as its own root would", async () => {
    const root = await unpack([
      [[{ name: "usr/lib/a" }, "a"], [{ name: "lib", type: "symlink", linkname: "usr/lib" }]],
      [[{ name: "lib/", type: "directory" }], [{ name: "lib/b" }, "b"]],
    ]);
    expect(await text(root, "usr/lib/b")).toBe("b");
    expect((await lstat(join(root, "lib"))).isSymbolicLink()).toBe(true);
  });

  test("has hard links to its own files", async () => {
    const root = await unpack([
      [[{ name: "bin/a" }, "same"], [{ name: "bin/b", type: "link", linkname: "bin/a" }]],
      [[{ name: "bin/a" }, "other"]],
    ]);
    expect([await text(root, "bin/a"), await text(root, "bin/b")]).toEqual(["other", "same"]);
  });
});

describe("a hostile image", () => {
  test("cannot write through a link that leaves the root: it ends inside", async () => {
    const root = await unpack([
      [
        [{ name: "out", type: "symlink", linkname: folder }],
        [{ name: "out/evil" }, "x"],
        [{ name: "up", type: "symlink", linkname: "../../../.." }],
        [{ name: "up/evil" }, "x"],
      ],
    ]);
    expect(await leftovers()).toEqual(["root"]);
    // There is nothing behind the first inside the root, so it gives way to a folder; the second leads to the root.
    expect(await text(root, "out/evil")).toBe("x");
    expect(await text(root, "evil")).toBe("x");
  });

  test.each<readonly [string, readonly (readonly TarItem[])[], string]>([
    ["a path out of the root", [[[{ name: "../evil" }, "x"]]], "leads out of it"],
    ["a path out of the root in the middle", [[[{ name: "a/../../evil" }, "x"]]], "leads out of it"],
    ["a whiteout out of the root", [[[{ name: "../.wh.root" }]]], "leads out of it"],
    ["a whiteout of nothing", [[[{ name: ".wh..." }]], [[{ name: ".wh.." }]]], "a whiteout of no file"],
    ["a hard link out of the root", [[[{ name: "a", type: "link", linkname: "../../etc/passwd" }]]], "leads out of it"],
    ["a hard link to what is not there", [[[{ name: "a", type: "link", linkname: "/etc/passwd" }]]], "is not there"],
    [
      "a hard link to a folder",
      [[[{ name: "d/x" }, "x"], [{ name: "a", type: "link", linkname: "d" }]]],
      "is not there",
    ],
    [
      "a hard link over its own target",
      [[[{ name: "d/x" }, "x"], [{ name: "d", type: "link", linkname: "d/x" }]]],
      "over its own target",
    ],
    [
      "links that lead round in a circle",
      [
        [
          [{ name: "a", type: "symlink", linkname: "b" }],
          [{ name: "b", type: "symlink", linkname: "a" }],
          [{ name: "a/x" }, "x"],
        ],
      ],
      "round in a circle",
    ],
    ["a name that is too long", [[[{ name: "n".repeat(256) }, "x"]]], "too long"],
    ["a tree that is too deep", [[[{ name: `${"d/".repeat(200)}x` }, "x"]]], "folders deep"],
  ])("with %s is refused, and nothing stays", async (_name, layers, message) => {
    await expect(unpack(layers)).rejects.toMatchObject({
      reason: "ARCHIVE_REFUSED",
      message: expect.stringContaining(message),
    });
    expect(await leftovers()).toEqual([]);
  });

  test("cannot reach through a hard link to a link", async () => {
    const root = await unpack([
      [[{ name: "l", type: "symlink", linkname: "/etc/passwd" }], [{ name: "h", type: "link", linkname: "l" }]],
    ]);
    expect(await readlink(join(root, "h"))).toBe("/etc/passwd");
  });

  test.each<readonly [string, Partial<ImageLimits>, string]>([
    ["too many files", { maxEntries: 2 }, "more than 2 files"],
    ["too many bytes", { maxBytes: 5 }, "unpacks to more"],
    ["too many layers", { maxLayers: 0 }, "more than 0 layers"],
    ["too long a time", { timeoutMs: -1 }, "too long to unpack"],
  ])("of %s is refused", async (_name, limits, message) => {
    const layer: TarItem[] = ["a", "b", "c"].map((name) => [{ name }, "xxx"]);
    await expect(unpack([layer], limits)).rejects.toMatchObject({
      reason: "ARCHIVE_REFUSED",
      message: expect.stringContaining(message),
    });
    expect(await leftovers()).toEqual([]);
  });

  test.each([
    ["gzip", (tar: Uint8Array) => zlib.gzipSync(tar)],
    ["zstd", (tar: Uint8Array) => zlib.zstdCompressSync(tar)],
  ])("that is a %s bomb is stopped early", async (_name, encode) => {
    const tar = await tarOf([[{ name: "zeros" }, "\0".repeat(16 * 1024 * 1024)]]);
    const digest = await imageOf(place, [tar], encode);
    await expect(unpackImage(place, digest, join(folder, "root"))).rejects.toThrow("decompression bomb");
    expect(await leftovers()).toEqual([]);
  });

  test("that declares a huge file and brings none is refused", async () => {
    const tar = Buffer.from(await tarOf([[{ name: "huge" }, "x"]]));
    tar.write("77777777777\0", 124, "latin1");
    const sum = tar
      .subarray(0, 512)
      .fill(0x20, 148, 156)
      .reduce((total, byte) => total + byte, 0);
    tar.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
    await expect(unpackImage(place, await imageOf(place, [tar]), join(folder, "root"))).rejects.toMatchObject({
      reason: "ARCHIVE_REFUSED",
    });
  });

  test("whose layer is not what the config says is refused", async () => {
    const tar = await tarOf([[{ name: "a" }, "x"]]);
    const digest = await imageOf(place, [tar], undefined, [digestOf(new Uint8Array())]);
    await expect(unpackImage(place, digest, join(folder, "root"))).rejects.toMatchObject({
      reason: "CONTENT_MISMATCH",
    });
    const fewer = await imageOf(place, [tar], undefined, []);
    await expect(unpackImage(place, fewer, join(folder, "root"))).rejects.toMatchObject({ reason: "CONTENT_MISMATCH" });
    expect(await leftovers()).toEqual([]);
  });

  test("of bytes that are no tar at all never does anything but be refused", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 3_000 }), async (bytes) => {
        const digest = await imageOf(place, [bytes]);
        const error = await unpackImage(place, digest, join(folder, "root")).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        if (error !== undefined)
          expect(error).toMatchObject({ reason: expect.stringMatching("ARCHIVE_REFUSED|CONTENT_MISMATCH") });
        await rm(join(folder, "root"), { recursive: true, force: true });
        expect(await leftovers()).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test("of any names and links stays inside its root", async () => {
    const part = fc.constantFrom("a", "b", "c", "..", ".", "/", ".wh.a", ".wh..wh..opq", "", "/etc", "../..");
    const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    const item = fc
      .tuple(path, path, fc.constantFrom("file", "directory", "symlink", "link" as const))
      .map(([name, linkname, type]): TarItem => [
        { name: name === "" ? "x" : name, linkname, type },
        type === "file" ? "text" : "",
      ]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(item, { maxLength: 8 }), { minLength: 1, maxLength: 3 }), async (layers) => {
        await unpack(layers).catch((error: unknown) => expect(error).toMatchObject({ reason: "ARCHIVE_REFUSED" }));
        expect((await leftovers()).filter((name) => name !== "root")).toEqual([]);
        await rm(join(folder, "root"), { recursive: true, force: true });
      }),
      { numRuns: 150 },
    );
  });
});

test("a canceled unpacking leaves nothing", async () => {
  const tar = await tarOf([[{ name: "a" }, "x"]]);
  const signal = AbortSignal.abort();
  const unpacking = unpackImage(place, await imageOf(place, [tar]), join(folder, "root"), { signal });
  await expect(unpacking).rejects.toMatchObject({ reason: "CANCELED" });
  expect(await leftovers()).toEqual([]);
});
