import { describe, expect, test } from "vitest";
import { MediaType } from "../descriptors.ts";
import { digestOf } from "../digest.ts";
import { answer } from "../fakes/fake-registry.ts";
import { pieces } from "../fakes/memory-place.ts";
import { noise, openFake } from "../fakes/open-fake.ts";
import { readAll } from "../read-all.ts";

const MIB = 1024 * 1024;

describe("a registry with problems", () => {
  test("is asked again when they may pass, as late as it says", async () => {
    const waits: number[] = [];
    const problems = [answer(429, { "retry-after": "3" }), answer(503), undefined];
    const { repository } = openFake({ before: () => problems.shift() }, { sleep: async (ms) => void waits.push(ms) });
    expect(await repository.manifest("none")).toBeUndefined();
    expect(waits).toEqual([3_000, 1_000]);
  });

  test("is not asked for ever", async () => {
    const { registry, repository } = openFake({ before: () => answer(503, {}, "<html>") });
    await expect(repository.manifest("v1")).rejects.toMatchObject({ reason: "REGISTRY_FAILED", retryable: true });
    expect(registry.requests).toHaveLength(4);
  });

  test("whose list of tags is no list gives an error, not tags", async () => {
    const { repository } = openFake({ before: () => answer(200, {}, "<html>") });
    await expect(repository.tags()).rejects.toMatchObject({ reason: "REGISTRY_FAILED" });
    const strange = openFake({ before: () => answer(200, {}, '{"tags":[1,"v1",null]}') });
    expect(await strange.repository.tags()).toEqual(["v1"]);
  });

  test("that does not answer is named", async () => {
    const { repository } = openFake({
      before: () => {
        throw new Error("ECONNREFUSED 10.0.0.1");
      },
    });
    const failing = repository.manifest("v1");
    await expect(failing).rejects.toMatchObject({
      reason: "REGISTRY_FAILED",
      message: "The registry registry.test does not answer.",
    });
  });

  test.each<readonly [number, string, string]>([
    [403, "DENIED", "REGISTRY_FAILED"],
    [400, "DIGEST_INVALID", "CONTENT_MISMATCH"],
    [413, "", "REGISTRY_FAILED"],
    [404, "NAME_UNKNOWN", "IMAGE_NOT_FOUND"],
  ])("that says %i %s gives an error that says what to do", async (status, code, reason) => {
    const body = JSON.stringify({ errors: [{ code, message: "so\u001b[31m it\nis" }] });
    const { repository } = openFake({ before: () => answer(status, {}, body) });
    const failing = repository.putManifest({ mediaType: MediaType.Manifest, bytes: noise(1) });
    await expect(failing).rejects.toMatchObject({ reason, message: expect.stringContaining("so [31m it is") });
  });

  test("that breaks off in a layer is asked for the rest", async () => {
    const bytes = noise(100_000);
    const digest = digestOf(bytes);
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, 30_000);
      throw new Error("socket hang up");
    };
    let first = true;
    const { registry, repository } = openFake({
      before: ({ method }) => {
        if (method !== "GET" || !first) return undefined;
        first = false;
        return { status: 200, headers: { "content-length": "100000" }, body: broken() };
      },
    });
    await registry.place("team/echo").put(bytes);
    const content = await repository.open(digest);
    expect(digestOf(await readAll(content?.bytes ?? pieces(noise(0)), 1e6, "blob"))).toBe(digest);
    expect(registry.requests.at(-1)?.headers["range"]).toBe("bytes=30000-");
  });

  test("that knows no ranges sends all again, and what is there already is passed over", async () => {
    const bytes = noise(10_000);
    const digest = digestOf(bytes);
    let count = 0;
    const { repository } = openFake({
      before: () => answer(200, { "content-length": "10000" }, (count += 1) === 1 ? bytes.subarray(0, 4_000) : bytes),
    });
    const content = await repository.open(digest);
    expect(digestOf(await readAll(content?.bytes ?? pieces(noise(0)), 1e6, "blob"))).toBe(digest);
  });

  test.each([
    ["other bytes", noise(10_000).toReversed()],
    ["more bytes", noise(10_001)],
  ])("that gives %s than the digest says is not believed", async (_name, wrong) => {
    const digest = digestOf(noise(10_000));
    const { repository } = openFake({ before: () => answer(200, { "content-length": "10000" }, wrong) });
    const content = await repository.open(digest);
    const reading = readAll(content?.bytes ?? pieces(noise(0)), 1e6, "blob");
    await expect(reading).rejects.toMatchObject({ reason: "CONTENT_MISMATCH" });
  });

  test("that sends a byte and breaks off, again and again, is left", async () => {
    const { registry, repository } = openFake({
      before: ({ headers }) =>
        headers["range"] === undefined
          ? answer(200, { "content-length": "1000" }, noise(1))
          : answer(206, { "content-range": `${headers["range"].replace("=", " ")}999/1000` }, noise(1)),
    });
    const content = await repository.open(digestOf(noise(1_000)));
    const reading = readAll(content?.bytes ?? pieces(noise(0)), 1e6, "blob");
    await expect(reading).rejects.toMatchObject({ reason: "REGISTRY_FAILED" });
    expect(registry.requests.length).toBeLessThan(60);
  });

  test("that gives another manifest than its digest, or a huge one, is not believed", async () => {
    const digest = digestOf(noise(3));
    const { repository } = openFake({ before: () => answer(200, {}, "{}") });
    await expect(repository.manifest(digest)).rejects.toMatchObject({ reason: "CONTENT_MISMATCH" });
    const lying = openFake({ before: () => answer(200, { "docker-content-digest": digest }, "{}") });
    await expect(lying.repository.manifest("v1")).rejects.toMatchObject({ reason: "CONTENT_MISMATCH" });
    const huge = openFake({ before: () => answer(200, {}, "x".repeat(4 * MIB + 1)) });
    await expect(huge.repository.manifest("v1")).rejects.toMatchObject({ reason: "REQUEST_TOO_LARGE" });
  });
});
