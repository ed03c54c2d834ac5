import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MediaType } from "../descriptors.ts";
import { digestOf } from "../digest.ts";
import { MemoryPlace, pieces } from "../fakes/memory-place.ts";
import { tarOf } from "../fakes/tar-image.ts";
import type { TarItem } from "../fakes/tar-image.ts";
import { jsonBytes } from "../json-bytes.ts";
import { readAll } from "../read-all.ts";
import { readImage } from "../read-image.ts";
import { layerTar } from "../tar/layer-tar.ts";
import { writeImage } from "../write-image.ts";
import { writeLayer } from "../write-layer.ts";
import { exportArchive } from "./export-archive.ts";
import { importArchive } from "./import-archive.ts";

const LAYER = layerTar([{ kind: "bytes", path: "motd", mode: 0o644, bytes: new Uint8Array(3_000) }]);

async function image(place: MemoryPlace): Promise<string> {
  const layer = await writeLayer(place, LAYER);
  const rootfs = { type: "layers", diff_ids: [layer.diffId] } as const;
  return (await writeImage(place, { os: "linux", architecture: "amd64", rootfs }, [layer.descriptor])).digest;
}

async function saved(more: { readonly diffIds?: readonly string[] } = {}): Promise<readonly TarItem[]> {
  const layer = await readAll(LAYER.bytes(), 1e6, "layer");
  const rootfs = { type: "layers", diff_ids: more.diffIds ?? [digestOf(layer), digestOf(layer)] };
  return [
    [{ name: "aa/layer.tar" }, layer],
    [{ name: "bb/layer.tar", type: "symlink", linkname: "../aa/layer.tar" }],
    [{ name: "config.json" }, jsonBytes({ os: "linux", architecture: "amd64", rootfs })],
    [
      { name: "manifest.json" },
      JSON.stringify([{ Config: "config.json", RepoTags: ["echo:1"], Layers: ["aa/layer.tar", "bb/layer.tar"] }]),
    ],
  ];
}

test("an image comes out of its archive as it went in, compressed or not, and the same image gives the same archive", async () => {
  const place = new MemoryPlace();
  const digest = await image(place);
  const archive = await readAll(exportArchive(place, digest, { name: "v1" }), 1e6, "archive");
  expect(digestOf(await readAll(exportArchive(place, digest, { name: "v1" }), 1e6, "archive"))).toBe(digestOf(archive));
  for (const bytes of [archive, gzipSync(archive)]) {
    const back = new MemoryPlace();
    const imported = await importArchive(back, pieces(bytes), { name: "v1", tag: "here" });
    expect(imported).toMatchObject({ digest, bytes: (await readImage(back, "here")).bytes });
    expect(back.tags.get("here")).toBe(digest);
  }
});

test("what docker saves becomes an image, with the layers that are links to others", async () => {
  const place = new MemoryPlace();
  const { digest } = await importArchive(place, pieces(await tarOf(await saved())), { name: "echo:1" });
  const { manifest, config } = await readImage(place, digest);
  expect(manifest.layers.map((layer) => layer.mediaType)).toEqual([MediaType.Layer, MediaType.Layer]);
  expect(manifest.layers.map((layer) => layer.digest)).toEqual(config?.rootfs.diff_ids);
});

describe("an archive is refused", () => {
  const refusals: readonly (readonly [string, () => Promise<Uint8Array>, object, string])[] = [
    ["that is no image", () => tarOf([[{ name: "readme" }, "x"]]), {}, "neither index.json nor manifest.json"],
    ["that does not have the image", async () => await tarOf(await saved()), { name: "other:1" }, "it holds: echo:1"],
    ["that names what it does not hold", async () => await tarOf((await saved()).slice(1)), {}, "does not hold it"],
    ["with too many files", async () => await tarOf(await saved()), { maxFiles: 2 }, "more than 2 files"],
    ["that is too large", async () => await tarOf(await saved()), { maxBytes: 3_000 }, "larger than 3000 bytes"],
    [
      "whose blobs are not what they are called",
      () => tarOf([[{ name: `blobs/sha256/${"0".repeat(64)}` }, "x"]]),
      {},
      "digest",
    ],
    ["that is no tar", async () => new TextEncoder().encode("x".repeat(2_000)), {}, "not a whole tar"],
    [
      "with fewer layers than its config",
      async () => await tarOf(await saved({ diffIds: [] })),
      {},
      "different layers",
    ],
  ];
  test.each(refusals)("%s", async (_name, archive, options, message) => {
    const importing = importArchive(new MemoryPlace(), pieces(await archive()), options);
    await expect(importing).rejects.toMatchObject({ name: "PlatformError", message: expect.stringContaining(message) });
  });

  test("whatever JSON is in its manifest.json", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.json(), fc.string()),
        fc.constantFrom("manifest.json", "index.json"),
        async (text, name) => {
          const importing = importArchive(new MemoryPlace(), pieces(await tarOf([[{ name }, text]])));
          await expect(importing).rejects.toMatchObject({ name: "PlatformError" });
        },
      ),
      { numRuns: 100 },
    );
  });
});
