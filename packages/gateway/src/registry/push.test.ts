import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CONFIG, INDEX, LAYER, MANIFEST, codeOf, digestOf, openRegistryHouse } from "./registry.fixture.ts";
import type { RegistryHouse } from "./registry.fixture.ts";

let registry: RegistryHouse;
beforeAll(async () => {
  registry = await openRegistryHouse();
});
afterAll(async () => await registry[Symbol.asyncDispose]());

const call: RegistryHouse["call"] = async (method, path, options) => await registry.call(method, path, options);
const bytes = Buffer.from("0123456789abcdef");
const digest = digestOf(bytes);

async function begin(name: string): Promise<string> {
  const answer = await call("POST", `/v2/${name}/blobs/uploads/`);
  expect([answer.status, answer.headers.range]).toEqual([202, "0-0"]);
  expect(answer.headers["docker-upload-uuid"]).toBeTruthy();
  return answer.headers.location ?? "";
}

describe("distribution-spec, Pushing a blob monolithically", () => {
  test("POST then PUT: 201 with the blob's address", async () => {
    const upload = await begin("post-put");
    const answer = await call("PUT", `${upload}?digest=${digest}`, { body: bytes });
    expect([answer.status, answer.headers.location]).toEqual([201, `/v2/post-put/blobs/${digest}`]);
    expect(answer.headers["docker-content-digest"]).toBe(digest);
    expect((await call("GET", `/v2/post-put/blobs/${digest}`)).text).toBe(bytes.toString());
  });

  test("a single POST: 201 with the blob's address", async () => {
    const answer = await call("POST", `/v2/single/blobs/uploads/?digest=${digest}`, { body: bytes });
    expect([answer.status, answer.headers.location]).toEqual([201, `/v2/single/blobs/${digest}`]);
  });

  test("another digest than that of the bytes is DIGEST_INVALID, and gives no right to read what others have", async () => {
    const secret = await registry.putBlob("of-others", Buffer.from("what another repository has"));
    const post = await call("POST", `/v2/mismatch/blobs/uploads/?digest=${secret}`, { body: bytes });
    expect([post.status, codeOf(post)]).toEqual([400, "DIGEST_INVALID"]);
    const put = await call("PUT", `${await begin("mismatch")}?digest=${secret}`, { body: bytes });
    expect([put.status, codeOf(put)]).toEqual([400, "DIGEST_INVALID"]);
    expect((await call("GET", `/v2/mismatch/blobs/${secret}`)).status).toBe(404);
    for (const said of ["", "sha512:00", "nothing"]) {
      const answer = await call("PUT", `${await begin("mismatch")}?digest=${said}`);
      expect([answer.status, codeOf(answer)]).toEqual([400, "DIGEST_INVALID"]);
    }
  });
});

describe("distribution-spec, Pushing a blob in chunks", () => {
  test("PATCH by PATCH, with the state between them, then PUT", async () => {
    const upload = await begin("chunks");
    const first = await call("PATCH", upload, { body: bytes.subarray(0, 5), headers: { "content-range": "0-4" } });
    expect([first.status, first.headers.range, first.headers.location]).toEqual([202, "0-4", upload]);
    const state = await call("GET", upload);
    expect([state.status, state.headers.range, state.headers.location]).toEqual([204, "0-4", upload]);
    await call("PATCH", upload, { body: bytes.subarray(5, 9), headers: { "content-range": "5-8" } });
    const last = { body: bytes.subarray(9), headers: { "content-range": "9-15" } };
    expect((await call("PUT", `${upload}?digest=${digest}`, last)).status).toBe(201);
    expect((await call("GET", upload)).status).toBe(404);
  });

  test("a piece without Content-Range goes to the end", async () => {
    const upload = await begin("streamed");
    expect((await call("PATCH", upload, { body: bytes })).headers.range).toBe("0-15");
    expect((await call("PUT", `${upload}?digest=${digest}`)).status).toBe(201);
  });

  test("a piece out of order is 416, and says how far the upload is", async () => {
    const upload = await begin("order");
    await call("PATCH", upload, { body: bytes.subarray(0, 5), headers: { "content-range": "0-4" } });
    for (const range of ["0-4", "6-10"]) {
      const answer = await call("PATCH", upload, { body: bytes.subarray(0, 5), headers: { "content-range": range } });
      expect([answer.status, codeOf(answer), answer.headers.range]).toEqual([416, "BLOB_UPLOAD_INVALID", "0-4"]);
    }
    const wrong = await call("PATCH", upload, { body: bytes, headers: { "content-range": "5-6" } });
    expect(wrong.status).toBe(400);
    expect((await call("GET", upload)).headers.range).toBe("0-4");
  });

  test("DELETE gives an upload up", async () => {
    const upload = await begin("given-up");
    expect((await call("DELETE", upload)).status).toBe(204);
    const answer = await call("PATCH", upload, { body: bytes });
    expect([answer.status, codeOf(answer)]).toEqual([404, "BLOB_UPLOAD_UNKNOWN"]);
  });

  test("an upload is of its repository alone, and its name cannot be made up", async () => {
    const upload = await begin("mine");
    const elsewhere = upload.replace("/mine/", "/yours/");
    const other = `/v2/mine/blobs/uploads/${"0".repeat(32)}-${"0".repeat(32)}`;
    for (const path of [elsewhere, other, "/v2/mine/blobs/uploads/x"]) {
      expect((await call("GET", path)).status, path).toBe(404);
      expect((await call("PUT", `${path}?digest=${digest}`, { body: bytes })).status, path).toBe(404);
    }
  });
});

describe("distribution-spec, Mounting a blob from another repository", () => {
  test("what is there is 201 at once, and readable through both", async () => {
    await registry.putBlob("source", bytes);
    const answer = await call("POST", `/v2/mounted/blobs/uploads/?mount=${digest}&from=source`);
    expect([answer.status, answer.headers.location]).toEqual([201, `/v2/mounted/blobs/${digest}`]);
    expect((await call("GET", `/v2/mounted/blobs/${digest}`)).text).toBe(bytes.toString());
    expect((await call("POST", `/v2/from-any/blobs/uploads/?mount=${digest}`)).status).toBe(201);
  });

  test("what is not there begins an upload", async () => {
    for (const query of [`mount=${digestOf(Buffer.from("none"))}&from=source`, `mount=${digest}&from=nowhere`]) {
      const answer = await call("POST", `/v2/not-mounted/blobs/uploads/?${query}`);
      expect([answer.status, answer.headers.location]).toEqual([202, expect.stringContaining("/uploads/")]);
    }
  });
});

describe("distribution-spec, Pushing Manifests", () => {
  const put = async (path: string, manifest: object | string, type = MANIFEST): ReturnType<typeof call> =>
    await call("PUT", path, {
      body: typeof manifest === "string" ? manifest : JSON.stringify(manifest),
      headers: { "content-type": type },
    });

  test("by tag and by digest: 201 with the address by digest", async () => {
    const { digest: pushed, bytes: manifest } = await registry.push("tagged", "one");
    const answer = await put("/v2/tagged/manifests/v1", manifest.toString());
    expect([answer.status, answer.headers.location]).toEqual([201, `/v2/tagged/manifests/${pushed}`]);
    expect(answer.headers["docker-content-digest"]).toBe(pushed);
    expect(answer.headers["oci-subject"]).toBeUndefined();
  });

  test("an index of what is there, and docker's list of the same", async () => {
    const { digest: one, bytes: of } = await registry.push("indexed", "one");
    const platform = { os: "linux", architecture: "amd64" };
    const manifests = [{ mediaType: MANIFEST, digest: one, size: of.length, platform }];
    for (const type of [INDEX, "application/vnd.docker.distribution.manifest.list.v2+json"]) {
      expect(
        (await put("/v2/indexed/manifests/all", { schemaVersion: 2, mediaType: type, manifests }, type)).status,
      ).toBe(201);
      expect((await call("GET", "/v2/indexed/manifests/all")).headers["content-type"]).toBe(type);
    }
  });

  test("docker's image manifest keeps its type and its bytes", async () => {
    const type = "application/vnd.docker.distribution.manifest.v2+json";
    const config = await registry.putBlob("docker", Buffer.from("{}"));
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: type,
      config: { mediaType: "application/vnd.docker.container.image.v1+json", digest: config, size: 2 },
      layers: [],
    });
    expect((await put("/v2/docker/manifests/v1", manifest, type)).status).toBe(201);
    const answer = await call("GET", "/v2/docker/manifests/v1");
    expect([answer.headers["content-type"], answer.text]).toEqual([type, manifest]);
  });

  test("with a subject: OCI-Subject names it, also when it is not there yet", async () => {
    const subject = { mediaType: MANIFEST, digest: digestOf(Buffer.from("later")), size: 5 };
    const { bytes: manifest } = await registry.push("subject", "sbom", { more: { subject } });
    const answer = await put("/v2/subject/manifests/sbom", manifest.toString());
    expect([answer.status, answer.headers["oci-subject"]]).toEqual([201, subject.digest]);
  });

  test("what names something that is not there is MANIFEST_BLOB_UNKNOWN, and nothing is kept", async () => {
    const config = await registry.putBlob("incomplete", Buffer.from("{}"));
    const elsewhere = await registry.putBlob("another", Buffer.from("elsewhere"));
    for (const missing of [digestOf(Buffer.from("nowhere")), elsewhere]) {
      const answer = await put("/v2/incomplete/manifests/v1", {
        schemaVersion: 2,
        mediaType: MANIFEST,
        config: { mediaType: CONFIG, digest: config, size: 2 },
        layers: [{ mediaType: LAYER, digest: missing, size: 9 }],
      });
      expect([answer.status, codeOf(answer)]).toEqual([400, "MANIFEST_BLOB_UNKNOWN"]);
    }
    expect((await call("GET", "/v2/incomplete/manifests/v1")).status).toBe(404);
  });

  test.each([
    ["is no JSON", "{", MANIFEST],
    ["is no object", "[]", MANIFEST],
    ["is of schema 1", `{"schemaVersion":1}`, MANIFEST],
    ["has no layers", `{"schemaVersion":2,"mediaType":"${MANIFEST}","config":{}}`, MANIFEST],
    ["is sent as something else", `{"schemaVersion":2,"mediaType":"${INDEX}","manifests":[]}`, MANIFEST],
    ["is no image", `{"schemaVersion":2}`, "application/json"],
  ])("what %s is MANIFEST_INVALID", async (_what, text, type) => {
    const answer = await put("/v2/invalid/manifests/v1", text, type);
    expect([answer.status, codeOf(answer)]).toEqual([400, "MANIFEST_INVALID"]);
  });

  test("sizes that are not those of the blobs, another digest, and tags that are none are refused", async () => {
    const config = await registry.putBlob("sizes", Buffer.from("{}"));
    const manifest = {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { mediaType: CONFIG, digest: config, size: 3 },
      layers: [],
    };
    expect(codeOf(await put("/v2/sizes/manifests/v1", manifest))).toBe("MANIFEST_INVALID");
    const right = { ...manifest, config: { ...manifest.config, size: 2 } };
    expect(codeOf(await put(`/v2/sizes/manifests/sha256:${"0".repeat(64)}`, right))).toBe("DIGEST_INVALID");
    expect(codeOf(await put(`/v2/sizes/manifests/.dot`, right))).toBe("MANIFEST_INVALID");
    expect(codeOf(await put(`/v2/sizes/manifests/${"x".repeat(129)}`, right))).toBe("MANIFEST_INVALID");
  });

  test("more than 4 MiB is 413, and no type is 415", async () => {
    const large = await put("/v2/large/manifests/v1", `{"x":"${"x".repeat(4 * 1024 * 1024)}"}`);
    expect([large.status, codeOf(large)]).toEqual([413, "MANIFEST_INVALID"]);
    expect((await put("/v2/large/manifests/v1", "{}", "")).status).toBe(415);
  });
});
