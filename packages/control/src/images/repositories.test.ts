import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MANIFEST, ORG, digestOf, once, openImageHouse, principalWith } from "./images.fixture.ts";
import type { ImageHouse } from "./images.fixture.ts";

const deployer = principalWith("deploy");
const never = new AbortController().signal;
const HOUR_MS = 60 * 60_000;

let house: ImageHouse;
beforeEach(async () => {
  house = await openImageHouse();
});
afterEach(async () => await house[Symbol.asyncDispose]());

async function blob(text: string, repository = "echo"): Promise<string> {
  const digest = digestOf(Buffer.from(text));
  await house.repositories.putBlob(deployer, { repository, digest }, once(text), never);
  return digest;
}

const manifestOf = (config: string, size: number): { mediaType: string; bytes: Uint8Array } => ({
  mediaType: MANIFEST,
  bytes: Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: config, size },
      layers: [
        {
          mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
          digest: `sha256:${"0".repeat(64)}`,
          size: 1,
        },
      ],
    }),
  ),
});

/** A day later, with another round of the collector begun by a new process. */
async function collect(): Promise<void> {
  house.clock.now = new Date(house.clock.now.getTime() + 25 * HOUR_MS);
  const { ImageCollector } = await import("./image-collector.ts");
  const { DEFAULT_IMAGE_LIMITS } = await import("./image-limits.ts");
  const { store, layers, clock } = house;
  const log = (line: string): never => {
    throw new Error(line);
  };
  const collector = new ImageCollector({ store, layers, limits: DEFAULT_IMAGE_LIMITS, now: () => clock.now, log });
  await collector.collect();
  await collector.close();
}

describe("collecting", () => {
  it("keeps what a manifest names, and removes what nothing names a day later", async () => {
    const [named, left] = [await blob("named"), await blob("left")];
    await house.repositories.putManifest(deployer, "echo", "v1", manifestOf(named, 5));
    await collect();
    expect(await house.layers.size(named)).toBe(5);
    expect(await house.layers.size(left)).toBeUndefined();
    await expect(house.repositories.blobSize(deployer, "echo", left)).rejects.toMatchObject({
      reason: "IMAGE_NOT_FOUND",
    });
  });

  it("removes what a deleted image alone has named", async () => {
    const config = await blob("config");
    const { digest } = await house.repositories.putManifest(deployer, "echo", "v1", manifestOf(config, 6));
    await house.repositories.deleteManifest(principalWith("admin"), "echo", digest);
    await collect();
    expect(await house.layers.size(config)).toBeUndefined();
  });

  it("leaves what another organization has", async () => {
    const config = await blob("shared");
    await house.images.place("org_other", "echo").write(once("shared"), { digest: config, maxBytes: 100 });
    const other = manifestOf(config, 6);
    await house.images.place("org_other", "echo").putManifest(other, "v1");
    await collect();
    expect(await house.layers.size(config)).toBe(6);
    expect(await house.store.images.hasBlob(ORG, config)).toBe(false);
  });

  it("removes bytes whose writer was cut off before they were anybody's, and uploads that nobody ends", async () => {
    const bytes = Buffer.from("written and never linked");
    await house.store.images.reserveBlob(digestOf(bytes), house.clock.now.toISOString());
    await house.layers.write(once(bytes), { digest: digestOf(bytes), maxBytes: 100 });
    const { uploadId } = await house.repositories.beginUpload(deployer, "echo");
    await collect();
    expect(await house.layers.size(digestOf(bytes))).toBeUndefined();
    const again = house.repositories.upload(deployer, "echo", uploadId);
    await expect(again).rejects.toMatchObject({ reason: "IMAGE_NOT_FOUND" });
  });
});

describe("pushing", () => {
  it("needs no layers that registries do not carry, and makes no second manifest of the same bytes", async () => {
    const config = await blob("config");
    const written = manifestOf(config, 6);
    const first = await house.repositories.putManifest(deployer, "echo", "v1", written);
    const second = await house.repositories.putManifest(deployer, "echo", "v2", written);
    expect(second.digest).toBe(first.digest);
    expect(await house.repositories.detail(deployer, "echo")).toMatchObject({
      manifests: [{ digest: first.digest, tags: ["v1", "v2"], bytes: written.bytes.length + 6 }],
    });
  });

  it("a manifest whose bytes were lost meanwhile is refused", async () => {
    const config = await blob("lost");
    await house.layers.delete(config);
    const putting = house.repositories.putManifest(deployer, "echo", "v1", manifestOf(config, 4));
    await expect(putting).rejects.toMatchObject({ metadata: { code: "MANIFEST_BLOB_UNKNOWN" } });
  });

  it("an upload goes on in another process that has the same key", async () => {
    const key = Buffer.alloc(32, 7);
    await using before = await openImageHouse({ key });
    const { uploadId } = await before.repositories.beginUpload(deployer, "echo");
    const upload = { repository: "echo", uploadId };
    await before.repositories.append(deployer, upload, once("half "), never);
    await using after = await openImageHouse({ key, layers: before.layers, store: before.store });
    expect(await after.repositories.upload(deployer, "echo", uploadId)).toEqual({ uploadId, size: 5 });
    await after.repositories.append(deployer, { ...upload, offset: 5 }, once("whole"), never);
    const digest = digestOf(Buffer.from("half whole"));
    await after.repositories.finishUpload(deployer, { ...upload, digest });
    expect(await after.repositories.blobSize(deployer, "echo", digest)).toBe(10);
  });
});
