import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MANIFEST, codeOf, digestOf, openRegistryHouse } from "./registry.fixture.ts";
import type { Pushed, RegistryHouse } from "./registry.fixture.ts";

let registry: RegistryHouse;
let image: Pushed;
beforeAll(async () => {
  registry = await openRegistryHouse();
  image = await registry.push("echo", "pulled", { reference: "v1" });
});
afterAll(async () => await registry[Symbol.asyncDispose]());

const get: RegistryHouse["call"] = async (method, path, options) => await registry.call(method, path, options);

describe("distribution-spec, Determining Support", () => {
  test("GET /v2/ is 200 for whoever has a credential", async () => {
    const answer = await get("GET", "/v2/");
    expect([answer.status, answer.headers["docker-distribution-api-version"]]).toEqual([200, "registry/2.0"]);
  });
});

describe("distribution-spec, Pulling manifests", () => {
  test("GET by tag and by digest gives the bytes that were pushed, with their type and digest", async () => {
    for (const reference of ["v1", image.digest]) {
      const answer = await get("GET", `/v2/echo/manifests/${reference}`, { headers: { accept: MANIFEST } });
      expect(answer.status).toBe(200);
      expect(answer.text).toBe(image.bytes.toString());
      expect(answer.headers["content-type"]).toBe(MANIFEST);
      expect(answer.headers["docker-content-digest"]).toBe(image.digest);
    }
  });

  test("HEAD says the same without a body", async () => {
    const answer = await get("HEAD", "/v2/echo/manifests/v1");
    expect([answer.status, answer.text]).toEqual([200, ""]);
    expect(answer.headers["content-length"]).toBe(String(image.bytes.length));
    expect(answer.headers["docker-content-digest"]).toBe(image.digest);
  });

  test("what is not there is 404 MANIFEST_UNKNOWN, in a repository or without one", async () => {
    for (const path of ["/v2/echo/manifests/nope", `/v2/nobody/manifests/sha256:${"0".repeat(64)}`]) {
      const answer = await get("GET", path);
      expect([answer.status, codeOf(answer)]).toEqual([404, "MANIFEST_UNKNOWN"]);
      expect((await get("HEAD", path)).status).toBe(404);
    }
  });

  test("whoever has it already is told so", async () => {
    const answer = await get("GET", "/v2/echo/manifests/v1", { headers: { "if-none-match": `"${image.digest}"` } });
    expect([answer.status, answer.text]).toEqual([304, ""]);
  });
});

describe("distribution-spec, Pulling blobs", () => {
  const path = (): string => `/v2/echo/blobs/${image.layerDigest}`;

  test("GET gives the bytes, and HEAD their length", async () => {
    const answer = await get("GET", path());
    expect([answer.status, answer.text]).toEqual([200, image.layer.toString()]);
    expect(answer.headers["docker-content-digest"]).toBe(image.layerDigest);
    const head = await get("HEAD", path());
    expect([head.status, head.headers["content-length"], head.text]).toEqual([200, String(image.layer.length), ""]);
  });

  test.each([
    ["bytes=0-4", 206, "layer", "bytes 0-4/"],
    ["bytes=6-", 206, "of pulled", "bytes 6-14/"],
    ["bytes=-6", 206, "pulled", "bytes 9-14/"],
    ["bytes=9-100", 206, "pulled", "bytes 9-14/"],
  ])("a range %s is answered with that part", async (range, status, text, content) => {
    const answer = await get("GET", path(), { headers: { range } });
    expect([answer.status, answer.text]).toEqual([status, text]);
    expect(answer.headers["content-range"]).toBe(`${content}${image.layer.length}`);
  });

  test("a range that begins behind the end is 416, and one that cannot be read is passed over", async () => {
    const behind = await get("GET", path(), { headers: { range: "bytes=100-" } });
    expect([behind.status, behind.headers["content-range"]]).toEqual([416, `bytes */${image.layer.length}`]);
    for (const range of ["bytes=4-2", "bytes=0-1,3-4", "lines=1-2"]) {
      expect((await get("GET", path(), { headers: { range } })).status).toBe(200);
    }
    const other = await get("GET", path(), { headers: { range: "bytes=0-1", "if-range": '"another"' } });
    expect(other.status).toBe(200);
  });

  test("what is not there is 404 BLOB_UNKNOWN, also when another repository has it", async () => {
    for (const missing of [`/v2/echo/blobs/${digestOf(Buffer.from("x"))}`, `/v2/other/blobs/${image.layerDigest}`]) {
      const answer = await get("GET", missing);
      expect([answer.status, codeOf(answer)]).toEqual([404, "BLOB_UNKNOWN"]);
    }
  });
});

describe("distribution-spec, Error Codes", () => {
  test("errors have a code, a message and a detail", async () => {
    const { headers, json } = await get("GET", "/v2/echo/manifests/nope");
    expect(headers["content-type"]).toBe("application/json");
    expect(json).toEqual({
      errors: [
        {
          code: "MANIFEST_UNKNOWN",
          message: "The repository has no such manifest.",
          detail: { reason: "IMAGE_NOT_FOUND", requestId: expect.any(String) },
        },
      ],
    });
  });

  test.each([
    ["GET", "/v2/UPPER/manifests/v1", 400, "NAME_INVALID"],
    ["GET", "/v2/-x/tags/list", 400, "NAME_INVALID"],
    ["GET", "/v2/echo/referrers/sha512:00", 400, "DIGEST_INVALID"],
  ])("%s %s is %i %s", async (method, path, status, code) => {
    const answer = await get(method, path);
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
  });
});
