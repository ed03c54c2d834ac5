import { describe, expect, test } from "vitest";
import { digestOf } from "../digest.ts";
import { answer } from "../fakes/fake-registry.ts";
import { MemoryPlace, pieces } from "../fakes/memory-place.ts";
import { fakeImage, noise, openFake } from "../fakes/open-fake.ts";
import { pullImage, pushImage } from "./transfer-image.ts";

const CREDENTIAL = { username: "user", password: "secret" };

describe("signing in", () => {
  test.each(["basic", "bearer"] as const)("%s is answered when it is asked for, and kept", async (auth) => {
    const { place, digest } = await fakeImage();
    const { registry, repository } = openFake({ auth, password: "secret" }, { credential: CREDENTIAL });
    await pushImage(place, repository, digest, { tag: "v1" });
    await pullImage(repository, new MemoryPlace(), "v1");
    const asked = registry.requests.filter(({ url }) => url.includes("/token"));
    expect(asked).toHaveLength(auth === "basic" ? 0 : 2);
    expect(registry.requests[0]?.headers["authorization"]).toBeUndefined();
  });

  test("a public image is pulled with a token for nobody", async () => {
    const { registry, repository } = openFake({ auth: "bearer" });
    const { digest } = await fakeImage(registry.place("team/echo"));
    expect((await pullImage(repository, new MemoryPlace(), digest)).digest).toBe(digest);
    expect(registry.requests.every(({ headers }) => headers["authorization"]?.startsWith("Basic") !== true)).toBe(true);
  });

  test("a password that is made when it is needed is asked for each time", async () => {
    let count = 0;
    const password = async (): Promise<string> => `token-${(count += 1)}`;
    const { repository } = openFake(
      { auth: "basic", password: "token-1" },
      { credential: { username: "user", password } },
    );
    expect(await repository.manifest("none")).toBeUndefined();
    await expect(repository.manifest("none")).rejects.toMatchObject({ reason: "REGISTRY_FAILED" });
    expect(count).toBeGreaterThan(1);
  });

  test.each([
    ["no credential", {}],
    ["a wrong one", { credential: { username: "user", password: "wrong" } }],
  ])("%s ends with a hint, and is not tried again and again", async (_name, more) => {
    for (const auth of ["basic", "bearer"] as const) {
      const { registry, repository } = openFake({ auth, password: "secret" }, more);
      const failing = repository.manifest("v1");
      await expect(failing).rejects.toMatchObject({
        reason: "REGISTRY_FAILED",
        retryable: false,
        hint: expect.stringContaining("credential"),
      });
      expect(registry.requests.length).toBeLessThanOrEqual(3);
    }
  });

  test("the storage behind a redirect gets no credential", async () => {
    const { registry, repository } = openFake(
      { auth: "basic", password: "secret", storage: "https://storage.test" },
      { credential: CREDENTIAL },
    );
    const { digest } = await fakeImage(registry.place("team/echo"));
    expect((await pullImage(repository, new MemoryPlace(), digest)).digest).toBe(digest);
    const stored = registry.requests.filter(({ url }) => url.startsWith("https://storage.test"));
    expect(stored.length).toBeGreaterThan(0);
    expect(stored.some(({ headers }) => "authorization" in headers)).toBe(false);
  });

  test.each(["http://storage.test", "ftp://storage.test", "file:///etc"])(
    "a redirect to %s is not followed",
    async (storage) => {
      const { registry, repository } = openFake({ storage });
      const { digest } = await registry.place("team/echo").put(noise(10));
      await expect(repository.open(digest)).rejects.toMatchObject({ reason: "REGISTRY_FAILED", retryable: false });
    },
  );

  test("an upload that is sent to another origin goes there without a credential", async () => {
    const elsewhere = (request: {
      readonly method: string;
      readonly url: string;
    }): ReturnType<typeof answer> | undefined => {
      if (request.method === "POST") return answer(202, { location: "https://evil.test/upload" });
      return request.url.startsWith("https://evil.test") ? answer(201) : undefined;
    };
    const { registry, repository } = openFake(
      { before: elsewhere, auth: "basic", password: "secret" },
      { credential: CREDENTIAL },
    );
    await repository.manifest("none");
    await repository.write(pieces(noise(10)), { maxBytes: 10 });
    const sent = registry.requests.filter(({ url }) => url.startsWith("https://evil.test"));
    expect(sent.map(({ headers }) => headers["authorization"])).toEqual([undefined]);
  });

  test("a password is not sent in the clear to where a registry with TLS says", async () => {
    const challenge = 'Bearer realm="http://auth.test/token",service="x"';
    const { registry, repository } = openFake(
      { before: () => answer(401, { "www-authenticate": challenge }) },
      { credential: CREDENTIAL },
    );
    await expect(repository.manifest("v1")).rejects.toThrow("no safe place to sign in");
    expect(registry.requests).toHaveLength(1);
  });

  test("redirects that go round in a circle end", async () => {
    const { registry, repository } = openFake({ before: ({ url }) => answer(307, { location: url }) });
    await expect(repository.open(digestOf(noise(1)))).rejects.toMatchObject({ reason: "REGISTRY_FAILED" });
    expect(registry.requests.length).toBeLessThan(10);
  });
});
