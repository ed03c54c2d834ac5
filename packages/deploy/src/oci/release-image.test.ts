import { cp, mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAgentConfig } from "@berth/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { BuiltRelease } from "../build/build-release.ts";
import type { ImageConfig } from "./descriptors.ts";
import { MediaType } from "./descriptors.ts";
import { digestOf } from "./digest.ts";
import { MemoryPlace, pieces } from "./fakes/memory-place.ts";
import { readImage } from "./read-image.ts";
import { releaseImage } from "./release-image.ts";
import { readTar } from "./tar/read-tar.ts";
import { layerTar } from "./tar/layer-tar.ts";
import { writeImage } from "./write-image.ts";
import { writeLayer } from "./write-layer.ts";

let folder: string;
let place: MemoryPlace;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-image-"));
  place = new MemoryPlace();
  await mkdir(join(folder, "release/data"), { recursive: true });
  await writeFile(join(folder, "release/agent.mjs"), "serve()");
  await writeFile(join(folder, "release/data/table.csv"), "1;2");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const release: BuiltRelease = {
  digest: digestOf(new Uint8Array([1])),
  entry: "agent.mjs",
  config: parseAgentConfig({ name: "echo" }),
  bytes: 10,
};

async function base(target: MemoryPlace, config: ImageConfig["config"] = {}): Promise<string> {
  const bytes = new TextEncoder().encode("lib");
  const layer = await writeLayer(target, layerTar([{ kind: "bytes", path: "lib/x", mode: 0o644, bytes }]));
  const rootfs = { type: "layers", diff_ids: [layer.diffId] } as const;
  const image: ImageConfig = { os: "linux", architecture: "amd64", config, rootfs };
  return (await writeImage(target, image, [{ ...layer.descriptor, mediaType: MediaType.DockerLayer }])).digest;
}

async function make(more: Partial<Parameters<typeof releaseImage>[0]> = {}): ReturnType<typeof releaseImage> {
  return await releaseImage({ release, folder: join(folder, "release"), place, agentName: "echo", ...more });
}

test("a Node release stands on its base, serves on every address, and runs as nobody", async () => {
  const bases = new MemoryPlace();
  const digest = await base(bases, { Env: ["PATH=/opt/node/bin"], User: "root" });
  const source = { uri: "https://git.example/echo", revision: "a".repeat(40) };
  const image = await make({ base: { place: bases, digest, name: "berth/node" }, source });
  const { manifest, config, bytes } = await readImage(place, image.digest);
  expect(image).toEqual({ digest: image.digest, mediaType: MediaType.Manifest, bytes });
  expect(manifest.layers.map(({ mediaType }) => mediaType)).toEqual([MediaType.LayerGzip, MediaType.Layer]);
  expect(config?.rootfs.diff_ids).toHaveLength(2);
  expect(config?.config).toEqual({
    User: "65532:65532",
    Env: ["HOME=/tmp", "HOST=0.0.0.0", "NODE_ENV=production", "PATH=/opt/node/bin", "PORT=8080"],
    Entrypoint: ["/opt/node/bin/node", "agent.mjs"],
    WorkingDir: "/app",
    ExposedPorts: { "8080/tcp": {} },
    Labels: {
      "dev.berth.agent": "echo",
      "dev.berth.release.digest": release.digest,
      "org.opencontainers.image.base.digest": digest,
      "org.opencontainers.image.base.name": "berth/node",
      "org.opencontainers.image.created": "1970-01-01T00:00:00Z",
      "org.opencontainers.image.revision": "a".repeat(40),
      "org.opencontainers.image.source": "https://git.example/echo",
      "org.opencontainers.image.title": "echo",
      "org.opencontainers.image.version": release.digest.slice(7, 19),
    },
  });
  const names: string[] = [];
  const own = place.blobs.get(manifest.layers[1]?.digest ?? "") ?? new Uint8Array();
  for await (const { header } of readTar(pieces(own))) names.push(header.name);
  expect(names).toEqual(["app/", "app/agent.mjs", "app/data/", "app/data/table.csv"]);
});

test("the same release gives the same image, wherever and whenever its folder was written", async () => {
  const digest = await base(place);
  const first = await make({ base: { place, digest, name: "berth/node" } });
  await cp(join(folder, "release"), join(folder, "copy"), { recursive: true });
  await utimes(join(folder, "copy/agent.mjs"), 1, 1);
  const again = await make({ folder: join(folder, "copy"), base: { place, digest, name: "berth/node" } });
  expect(again).toEqual(first);
});

test("a program starts as it says, on the image that is its root", async () => {
  const rootfs = await base(place, { Env: ["SSL_CERT_FILE=/etc/ssl/x"] });
  const program = {
    command: ["/usr/bin/python3", "main.py"],
    env: { A: "b" },
    workdir: "/app",
    rootfs,
    mountsApp: true,
  };
  const { config } = await readImage(place, (await make({ release: { ...release, program } })).digest);
  expect(config?.config).toMatchObject({
    Entrypoint: program.command,
    Env: ["A=b", "HOME=/tmp", "HOST=0.0.0.0", "PORT=8080", "SSL_CERT_FILE=/etc/ssl/x"],
    User: "65532:65532",
  });
});

test.each([
  ["app", "app"],
  ["1000:1000", "1000:1000"],
  [undefined, "65532:65532"],
  ["root", "65532:65532"],
  ["0:0", "65532:65532"],
  ["root:staff", "65532:65532"],
])("an image that was built elsewhere stays what it is, but is not run as root: %j", async (User, expected) => {
  const rootfs = await base(place, User === undefined ? {} : { User });
  const program = { command: ["/server"], env: {}, workdir: "/srv", rootfs, mountsApp: false };
  const { manifest, config } = await readImage(place, (await make({ release: { ...release, program } })).digest);
  expect(manifest.layers).toHaveLength(1);
  expect(config?.config).toMatchObject({ User: expected, Env: ["PORT=8080"], WorkingDir: "/srv" });
});

test("a WebAssembly release is an artifact: the module, and beside it its data", async () => {
  await rm(join(folder, "release/agent.mjs"));
  await writeFile(join(folder, "release/agent.wasm"), "\0asm");
  const image = await make({ release: { ...release, entry: "agent.wasm" } });
  const { manifest, config } = await readImage(place, image.digest);
  expect(config).toBeUndefined();
  expect(manifest.config.mediaType).toBe(MediaType.WasmConfig);
  expect(manifest.layers.map(({ mediaType }) => mediaType)).toEqual([MediaType.Wasm, MediaType.Layer]);
  expect(manifest.layers[0]?.digest).toBe(digestOf(new TextEncoder().encode("\0asm")));
  expect(manifest.annotations?.["dev.berth.agent"]).toBe("echo");
  expect((await make({ release: { ...release, entry: "agent.wasm" } })).digest).toBe(image.digest);
});

test("a base that is not there is named", async () => {
  const digest = digestOf(new Uint8Array());
  await expect(make({ base: { place, digest, name: "x" } })).rejects.toMatchObject({ reason: "IMAGE_NOT_FOUND" });
});
