import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { publish } from "../gateway.fixture.ts";
import { INDEX, MANIFEST, codeOf, digestOf, openRegistryHouse } from "./registry.fixture.ts";
import type { RegistryHouse } from "./registry.fixture.ts";

let registry: RegistryHouse;
beforeAll(async () => {
  registry = await openRegistryHouse();
});
afterAll(async () => await registry[Symbol.asyncDispose]());

const call: RegistryHouse["call"] = async (method, path, options) => await registry.call(method, path, options);
const remove = async (path: string): ReturnType<typeof call> => await call("DELETE", path, { token: registry.admin });

describe("distribution-spec, Listing Tags", () => {
  beforeAll(async () => {
    for (const tag of ["b", "a", "10", "2"]) await registry.push("tags", "same", { reference: tag });
  });

  test("all in lexical order", async () => {
    const answer = await call("GET", "/v2/tags/tags/list");
    expect([answer.status, answer.json]).toEqual([200, { name: "tags", tags: ["10", "2", "a", "b"] }]);
    expect(answer.headers.link).toBeUndefined();
  });

  test("n and last give pages, with a link to the next one", async () => {
    const first = await call("GET", "/v2/tags/tags/list?n=2");
    expect(first.json.tags).toEqual(["10", "2"]);
    expect(first.headers.link).toBe(`</v2/tags/tags/list?n=2&last=2>; rel="next"`);
    const second = await call("GET", "/v2/tags/tags/list?n=2&last=2");
    expect([second.json.tags, second.headers.link]).toEqual([["a", "b"], undefined]);
    expect((await call("GET", "/v2/tags/tags/list?n=0")).json.tags).toEqual([]);
    expect((await call("GET", "/v2/tags/tags/list?last=x")).json.tags).toEqual([]);
  });

  test("a repository that is not there is NAME_UNKNOWN; one without tags has none", async () => {
    const answer = await call("GET", "/v2/nobody/tags/list");
    expect([answer.status, codeOf(answer)]).toEqual([404, "NAME_UNKNOWN"]);
    await registry.push("untagged", "one");
    expect((await call("GET", "/v2/untagged/tags/list")).json.tags).toEqual([]);
  });
});

describe("distribution-spec, Listing Referrers", () => {
  test("an index of what names a manifest as its subject, by type where one is asked for", async () => {
    const { digest, bytes } = await registry.push("referred", "image");
    const subject = { mediaType: MANIFEST, digest, size: bytes.length };
    const sbom = await registry.push("referred", "sbom", {
      more: { subject, artifactType: "application/sbom", annotations: { made: "here" } },
    });
    const other = await registry.push("referred", "other", { more: { subject } });
    const answer = await call("GET", `/v2/referred/referrers/${digest}`);
    expect([answer.status, answer.headers["content-type"]]).toEqual([200, INDEX]);
    expect(answer.json).toMatchObject({ schemaVersion: 2, mediaType: INDEX });
    expect(answer.json.manifests).toContainEqual({
      mediaType: MANIFEST,
      digest: sbom.digest,
      size: sbom.bytes.length,
      artifactType: "application/sbom",
      annotations: { made: "here" },
    });
    // Of an image the type of its config.
    expect(answer.json.manifests).toContainEqual({
      mediaType: MANIFEST,
      digest: other.digest,
      size: other.bytes.length,
      artifactType: "application/vnd.oci.image.config.v1+json",
    });
    const some = await call("GET", `/v2/referred/referrers/${digest}?artifactType=application%2Fsbom`);
    expect(some.headers["oci-filters-applied"]).toBe("artifactType");
    expect(some.json.manifests.map((each: { digest: string }) => each.digest)).toEqual([sbom.digest]);
  });

  test("nothing is an empty index, also of what is not there", async () => {
    const answer = await call("GET", `/v2/nobody/referrers/${digestOf(Buffer.from("none"))}`);
    expect([answer.status, answer.json.manifests]).toEqual([200, []]);
  });

  test("many come in pages", async () => {
    const digest = digestOf(Buffer.from("popular"));
    const subject = { mediaType: MANIFEST, digest, size: 7 };
    for (let i = 0; i < 101; i++)
      await registry.push("popular", "same", { more: { subject, annotations: { i: String(i) } } });
    const first = await call("GET", `/v2/popular/referrers/${digest}`);
    const next = /^<(.*)>; rel="next"$/.exec(first.headers.link as string)?.[1] ?? "";
    const second = await call("GET", next);
    expect([first.json.manifests.length, second.json.manifests.length, second.headers.link]).toEqual([
      100,
      1,
      undefined,
    ]);
  });
});

describe("docker's catalog", () => {
  test("names the repositories that the caller may read, in pages", async () => {
    await registry.push("catalog-a", "one");
    await registry.push("catalog-a/below", "one");
    const { json, headers } = await call("GET", "/v2/_catalog?n=1&last=catalog");
    expect([json, headers.link]).toEqual([
      { repositories: ["catalog-a"] },
      `</v2/_catalog?n=1&last=catalog-a>; rel="next"`,
    ]);
  });
});

describe("distribution-spec, Deleting", () => {
  test("a tag: 202, and the manifest stays", async () => {
    const { digest } = await registry.push("deleting", "tagged", { reference: "gone" });
    expect((await remove("/v2/deleting/manifests/gone")).status).toBe(202);
    expect((await call("GET", "/v2/deleting/manifests/gone")).status).toBe(404);
    expect((await call("GET", `/v2/deleting/manifests/${digest}`)).status).toBe(200);
    expect(codeOf(await remove("/v2/deleting/manifests/gone"))).toBe("MANIFEST_UNKNOWN");
  });

  test("a manifest: 202, its tags go with it, and it is 404 from then on", async () => {
    const { digest } = await registry.push("deleting", "whole", { reference: "whole" });
    expect((await remove(`/v2/deleting/manifests/${digest}`)).status).toBe(202);
    expect((await call("GET", "/v2/deleting/manifests/whole")).status).toBe(404);
    expect((await remove(`/v2/deleting/manifests/${digest}`)).status).toBe(404);
  });

  test("a blob: not while a manifest names it, 202 after, and 404 from then on", async () => {
    const { digest, layerDigest } = await registry.push("deleting", "blob");
    const path = `/v2/deleting/blobs/${layerDigest}`;
    const named = await remove(path);
    expect([named.status, codeOf(named)]).toEqual([409, "DENIED"]);
    await remove(`/v2/deleting/manifests/${digest}`);
    expect((await remove(path)).status).toBe(202);
    expect((await call("GET", path)).status).toBe(404);
    expect((await remove(path)).status).toBe(404);
  });

  test("an image that a release of an agent is stays as long as the agent", async () => {
    const { digest } = await registry.push("pinned", "release", { reference: "rel_pinned" });
    await publish(registry.house.store, "pinned", { image: { digest, mediaType: MANIFEST, bytes: 1 } });
    const answer = await remove(`/v2/pinned/manifests/${digest}`);
    expect([answer.status, codeOf(answer), answer.json.errors[0].message]).toEqual([
      409,
      "DENIED",
      "The release rel_pinned is this image.",
    ]);
    await registry.house.store.agents.remove("org_default", "pinned");
    expect((await remove(`/v2/pinned/manifests/${digest}`)).status).toBe(202);
  });

  test("pushes and deletions are in the audit log", async () => {
    const { digest } = await registry.push("audited", "one", { reference: "v1" });
    await remove("/v2/audited/manifests/v1");
    await remove(`/v2/audited/manifests/${digest}`);
    const { json } = await registry.house.call(`/v1/audit?resource=${encodeURIComponent(`audited@${digest}`)}`, {
      token: registry.admin,
    });
    const seen = json.entries.map((entry: Json) => [entry.action, entry.outcome, entry.detail?.tag, entry.from.door]);
    expect(seen).toEqual([
      ["image.delete", "ok", undefined, "registry"],
      ["image.delete", "ok", "v1", "registry"],
      ["image.push", "ok", "v1", "registry"],
    ]);
  });
});

// Tests look into what came back without parsing it first.
// oxlint-disable-next-line typescript/no-explicit-any
type Json = any;
