import { describe, expect, test } from "vitest";
import { referrerManifest } from "../attach/referrer-manifest.ts";
import { MediaType } from "../descriptors.ts";
import { digestOf } from "../digest.ts";
import { FakeRegistry } from "../fakes/fake-registry.ts";
import { MemoryPlace } from "../fakes/memory-place.ts";
import { fakeImage, noise, openFake } from "../fakes/open-fake.ts";
import { jsonBytes } from "../json-bytes.ts";
import { openRegistry } from "./open-registry.ts";
import { pullImage, pushImage } from "./transfer-image.ts";

function paths(registry: FakeRegistry): readonly string[] {
  return registry.requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`);
}

describe("pushing and pulling", () => {
  test("an image comes back with the same digest, and a second push sends no layer", async () => {
    const { place, digest } = await fakeImage();
    const { registry, repository } = openFake();
    await pushImage(place, repository, digest, { tag: "v1" });
    expect(await repository.tags()).toEqual(["v1"]);
    registry.requests.length = 0;
    await pushImage(place, repository, digest, { tag: "v2" });
    expect(registry.requests.map(({ method }) => method)).toEqual(["HEAD", "HEAD", "PUT"]);
    const back = new MemoryPlace();
    expect((await pullImage(repository, back, "v2", { tag: "here" })).digest).toBe(digest);
    expect(back.blobs.size).toBe(2);
    expect(back.tags.get("here")).toBe(digest);
  });

  test("of an index, the image for the platform that is asked for is pulled, and what there is is named", async () => {
    const { registry, repository } = openFake();
    const { digest } = await fakeImage(registry.place("team/echo"));
    const manifests = [
      { mediaType: MediaType.Manifest, digest, size: 1, platform: { os: "linux", architecture: "s390x" } },
      { mediaType: MediaType.Manifest, digest, size: 1, platform: { os: "unknown", architecture: "unknown" } },
    ];
    const index = jsonBytes({ schemaVersion: 2, mediaType: MediaType.Index, manifests });
    await registry.place("team/echo").putManifest({ mediaType: MediaType.Index, bytes: index }, "all");
    const platform = { os: "linux", architecture: "s390x" };
    expect((await pullImage(repository, new MemoryPlace(), "all", { platform })).digest).toBe(digest);
    const pulling = pullImage(repository, new MemoryPlace(), "all", {
      platform: { os: "linux", architecture: "m68k" },
    });
    await expect(pulling).rejects.toThrow("no image for linux/m68k; there is: linux/s390x.");
  });

  test("layers that another repository has are mounted, not sent", async () => {
    const { registry, repository } = openFake();
    const { place, digest } = await fakeImage();
    await fakeImage(registry.place("base/node"));
    await pushImage(place, repository, digest, { mountFrom: ["base/node"] });
    expect(
      registry.requests.filter(({ method }) => method === "PATCH" || (method === "PUT" && method.length === 0)),
    ).toEqual([]);
    expect(paths(registry).filter((path) => path.startsWith("PUT"))).toEqual([`PUT /v2/team/echo/manifests/${digest}`]);
  });

  test("a mount that the registry does not do is sent after all, and leaves no upload behind", async () => {
    const { registry, repository } = openFake();
    const { place, digest } = await fakeImage();
    await pushImage(place, repository, digest, { mountFrom: ["nobody/has"] });
    expect(registry.place("team/echo").blobs.size).toBe(2);
    expect(registry.openUploads).toBe(0);
  });

  test("an image that is too large is not begun", async () => {
    const { registry, repository } = openFake();
    const { digest } = await fakeImage(registry.place("team/echo"));
    const pulling = pullImage(repository, new MemoryPlace(), digest, { maxBytes: 100 });
    await expect(pulling).rejects.toMatchObject({ reason: "REQUEST_TOO_LARGE" });
    expect(paths(registry).some((path) => path.includes("blobs"))).toBe(false);
  });

  test("what is not there is not found", async () => {
    const { repository } = openFake();
    await expect(pullImage(repository, new MemoryPlace(), "none")).rejects.toMatchObject({ reason: "IMAGE_NOT_FOUND" });
    expect(await repository.open(digestOf(noise(1)))).toBeUndefined();
    expect(await repository.size(digestOf(noise(1)))).toBeUndefined();
  });
});

describe("referrers", () => {
  test.each([true, false])(
    "hang on an image, with the API (%j) or with the tag for those that have none",
    async (referrers) => {
      const { place, digest } = await fakeImage();
      const { registry, repository } = openFake({ referrers });
      const subject = { mediaType: MediaType.Manifest, digest, size: place.manifests.get(digest)?.bytes.length ?? 0 };
      await place.put(new TextEncoder().encode("{}"));
      const layer = { mediaType: "text/plain", ...(await place.put(noise(10))) };
      const digests: string[] = [];
      for (const artifactType of ["application/a", "application/b"]) {
        digests.push(await place.putManifest(referrerManifest({ subject, artifactType, layer })));
      }
      await pushImage(place, repository, digest, { tag: "v1", referrers: digests });
      // Twice is harmless.
      await pushImage(place, repository, digest, { tag: "v1", referrers: digests });
      const found = (await repository.referrers(digest)).map((each) => each.digest);
      expect(found.toSorted()).toEqual(digests.toSorted());
      expect(registry.place("team/echo").tags.has(digest.replace(":", "-"))).toBe(!referrers);
    },
  );
});

test("a name that no repository can have is refused before anything is sent", () => {
  const registry = openRegistry({ http: new FakeRegistry(), host: "registry.test" });
  for (const name of ["", "A", "a/../b", "a?x", "a//b", "a b"]) {
    expect(() => registry.repository(name)).toThrow(expect.objectContaining({ reason: "INVALID_PARAMS" }));
  }
});
