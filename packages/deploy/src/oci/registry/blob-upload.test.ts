import { describe, expect, test } from "vitest";
import { digestOf } from "../digest.ts";
import { answer } from "../fakes/fake-registry.ts";
import { pieces } from "../fakes/memory-place.ts";
import { fakeImage, noise, openFake } from "../fakes/open-fake.ts";
import { readAll } from "../read-all.ts";
import { openRegistry } from "./open-registry.ts";
import { pushImage } from "./transfer-image.ts";

const MIB = 1024 * 1024;

describe("uploading", () => {
  test("a large blob goes in chunks, and goes on where it broke", async () => {
    const bytes = noise(20 * MIB);
    let isBroken = false;
    const { registry, repository } = openFake({
      before: (request) => {
        if (request.method !== "PATCH" || isBroken || request.headers["content-range"]?.startsWith("0-") === true)
          return undefined;
        isBroken = true;
        // Half of the chunk arrived.
        if (request.body instanceof Uint8Array)
          registry.keepOfUpload(request.url.split("/").at(-1) ?? "", request.body.subarray(0, 4 * MIB));
        throw new Error("socket hang up");
      },
    });
    const written = await repository.write(pieces(bytes, 3 * MIB), { maxBytes: bytes.length, digest: digestOf(bytes) });
    expect(written).toEqual({ digest: digestOf(bytes), size: bytes.length });
    const ranges = registry.requests.flatMap(({ headers }) => headers["content-range"] ?? []);
    expect(ranges).toEqual(["0-8388607", "8388608-16777215", "12582912-16777215", "16777216-20971519"]);
  });

  test("Google's registries get a large blob in one piece", async () => {
    const bytes = noise(9 * MIB);
    const methods: string[] = [];
    const http = {
      request: async ({
        method,
        body,
      }: {
        readonly method: string;
        readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
      }) => {
        methods.push(method);
        if (method === "POST") return answer(202, { location: "/upload" });
        if (body === undefined || body instanceof Uint8Array) return answer(500);
        return answer(digestOf(await readAll(body, 1e8, "body")) === digestOf(bytes) ? 201 : 400);
      },
    };
    const registry = openRegistry({ http, host: "europe-docker.pkg.dev" });
    const written = registry
      .repository("p/r/i")
      .write(pieces(bytes, MIB), { maxBytes: bytes.length, digest: digestOf(bytes) });
    expect(await written).toEqual({ digest: digestOf(bytes), size: bytes.length });
    expect(methods).toEqual(["POST", "PUT"]);
  });

  test.each([10, 9 * MIB])("%i bytes that are not what their digest says leave nothing there", async (size) => {
    const { registry, repository } = openFake();
    const writing = repository.write(pieces(noise(size), MIB), { maxBytes: size, digest: digestOf(noise(1)) });
    await expect(writing).rejects.toMatchObject({ reason: "CONTENT_MISMATCH" });
    expect(registry.openUploads).toBe(0);
    expect(registry.place("team/echo").blobs.size).toBe(0);
  });

  test("a stream that is longer than it may be is cut off", async () => {
    const { registry, repository } = openFake();
    await expect(repository.write(pieces(noise(100)), { maxBytes: 99 })).rejects.toMatchObject({
      reason: "REQUEST_TOO_LARGE",
    });
    expect(registry.openUploads).toBe(0);
  });

  test("is over when it is canceled", async () => {
    const controller = new AbortController();
    const { repository } = openFake({}, { signal: controller.signal });
    controller.abort();
    await expect(repository.write(pieces(noise(10)), { maxBytes: 10 })).rejects.toMatchObject({ reason: "CANCELED" });
  });

  test("of a layer is begun anew when the registry lost it", async () => {
    const { place, digest } = await fakeImage();
    let isLost = false;
    const { registry, repository } = openFake({
      before: ({ method, url }) => {
        if (method !== "PUT" || isLost || !url.includes("/uploads/")) return undefined;
        isLost = true;
        return answer(404);
      },
    });
    await pushImage(place, repository, digest);
    expect(registry.place("team/echo").blobs.size).toBe(2);
  });
});
