import { expect, it } from "vitest";
import { AT, ORG, atMs } from "./contract-samples.ts";
import { digestOf } from "./digest.ts";
import type { StoredManifest } from "./image-store.ts";
import type { Store } from "./store.ts";

const MEDIA_TYPE = "application/vnd.oci.image.manifest.v1+json";

/** Tests share one store: each uses an organization of its own. */
export function imageStoreContract(store: () => Store): void {
  const blobOf = (text: string): string => digestOf(Buffer.from(text));
  const manifestOf = (text: string, changes: Partial<StoredManifest> = {}): StoredManifest => {
    const bytes = new Uint8Array(Buffer.from(text));
    return {
      orgId: ORG,
      repository: "echo",
      digest: digestOf(bytes),
      mediaType: MEDIA_TYPE,
      bytes,
      references: [],
      createdAt: AT,
      ...changes,
    };
  };
  const link = async (orgId: string, repository: string, text: string, at = AT): Promise<string> => {
    const digest = blobOf(text);
    await store().images.linkBlob(orgId, repository, digest, { bytes: text.length, at });
    return digest;
  };

  it("keeps a manifest byte for byte, by digest and by tag", async () => {
    const orgId = "org_manifests";
    const references = [await link(orgId, "echo", "config"), await link(orgId, "echo", "layer")];
    const manifest = manifestOf('{"a": 1}\u0000\n', {
      orgId,
      references,
      artifactType: "application/x",
      subject: blobOf("about"),
      annotations: { key: "value \u0001" },
    });
    expect(await store().images.putManifest(manifest, "v1")).toEqual([]);
    expect(await store().images.putManifest(manifest, "v2")).toEqual([]);
    expect(await store().images.manifest(orgId, "echo", manifest.digest)).toEqual(manifest);
    expect(await store().images.manifest(orgId, "echo", "v1")).toEqual(manifest);
    expect(await store().images.repositoryOf(orgId, manifest.digest)).toBe("echo");
    expect(await store().images.repositoryOf("org_without", manifest.digest)).toBeUndefined();
    expect(await store().images.manifest(orgId, "other", "v1")).toBeUndefined();
    expect(await store().images.manifest("org_without", "echo", "v1")).toBeUndefined();
    expect(await store().images.manifest(orgId, "echo", "NUL\u0000")).toBeUndefined();
  });

  it("says what of a manifest is not there, and then keeps nothing of it", async () => {
    const orgId = "org_incomplete";
    const there = await link(orgId, "echo", "there");
    const elsewhere = await link(orgId, "other", "elsewhere");
    const manifest = manifestOf("incomplete", { orgId, references: [there, elsewhere, blobOf("nowhere")] });
    expect(await store().images.putManifest(manifest, "v1")).toEqual([elsewhere, blobOf("nowhere")]);
    expect(await store().images.manifest(orgId, "echo", manifest.digest)).toBeUndefined();
    expect(await store().images.tags(orgId, "echo", { size: 10 })).toEqual([]);
  });

  it("takes an index whose manifests are there", async () => {
    const orgId = "org_indexes";
    const one = manifestOf("one", { orgId });
    const index = manifestOf("index", { orgId, references: [one.digest] });
    expect(await store().images.putManifest(index)).toEqual([one.digest]);
    await store().images.putManifest(one);
    expect(await store().images.putManifest(index, "all")).toEqual([]);
  });

  it("moves a tag to what was put last, and lists tags in lexical order in pages", async () => {
    const orgId = "org_tags";
    const [one, other] = [manifestOf("one", { orgId }), manifestOf("other", { orgId })];
    for (const tag of ["b", "a", "B", "1"]) await store().images.putManifest(one, tag);
    await store().images.putManifest(other, "a");
    expect((await store().images.manifest(orgId, "echo", "a"))?.digest).toBe(other.digest);
    expect(await store().images.tags(orgId, "echo", { size: 10 })).toEqual(["1", "B", "a", "b"]);
    expect(await store().images.tags(orgId, "echo", { size: 2, last: "1" })).toEqual(["B", "a"]);
    expect(await store().images.tags(orgId, "echo", { size: 2, last: "b" })).toEqual([]);
  });

  it("deletes a tag alone, and a manifest with its tags", async () => {
    const orgId = "org_deleted";
    const manifest = manifestOf("gone", { orgId });
    await store().images.putManifest(manifest, "one");
    await store().images.putManifest(manifest, "two");
    expect(await store().images.deleteTag(orgId, "echo", "one")).toBe(true);
    expect(await store().images.deleteTag(orgId, "echo", "one")).toBe(false);
    expect(await store().images.manifest(orgId, "echo", "two")).toBeDefined();
    expect(await store().images.deleteManifest("org_other", "echo", manifest.digest)).toBe(false);
    expect(await store().images.deleteManifest(orgId, "echo", manifest.digest)).toBe(true);
    expect(await store().images.deleteManifest(orgId, "echo", manifest.digest)).toBe(false);
    expect(await store().images.tags(orgId, "echo", { size: 10 })).toEqual([]);
  });

  it("lists repositories with their counts, also only those below some names", async () => {
    const orgId = "org_repositories";
    for (const repository of ["b", "a/x", "a", "ab", "a_x"]) {
      await store().images.putManifest(manifestOf("one", { orgId, repository }), "v1");
    }
    await store().images.putManifest(manifestOf("two", { orgId, repository: "a" }), "v2");
    await link(orgId, "only-blobs", "layer");
    const names = async (page: {
      size: number;
      last?: string;
      under?: readonly string[];
    }): Promise<readonly string[]> =>
      (await store().images.repositories(orgId, page)).map(({ repository }) => repository);
    expect(await names({ size: 10 })).toEqual(["a", "a/x", "a_x", "ab", "b"]);
    expect(await names({ size: 2, last: "a" })).toEqual(["a/x", "a_x"]);
    expect(await names({ size: 10, under: ["a", "c"] })).toEqual(["a", "a/x"]);
    expect(await names({ size: 10, under: [] })).toEqual([]);
    expect(await store().images.repositories(orgId, { size: 1 })).toEqual([{ repository: "a", tags: 2, manifests: 2 }]);
  });

  it("lists manifests newest first, with their tags and what they come to", async () => {
    const orgId = "org_listed";
    const references = [await link(orgId, "echo", "12345"), await link(orgId, "echo", "123")];
    await store().images.putManifest(manifestOf("old", { orgId, references }), "b");
    await store().images.putManifest(manifestOf("old", { orgId, references }), "a");
    await store().images.putManifest(manifestOf("new", { orgId, createdAt: atMs(1), artifactType: "application/x" }));
    expect(await store().images.manifests(orgId, "echo", 10)).toEqual([
      {
        digest: blobOf("new"),
        mediaType: MEDIA_TYPE,
        artifactType: "application/x",
        bytes: 3,
        tags: [],
        createdAt: atMs(1),
      },
      { digest: blobOf("old"), mediaType: MEDIA_TYPE, bytes: 11, tags: ["a", "b"], createdAt: AT },
    ]);
    expect(await store().images.manifests(orgId, "echo", 1)).toHaveLength(1);
  });

  it("knows what hangs on a manifest, also before that is there", async () => {
    const orgId = "org_referrers";
    const subject = blobOf("subject");
    const sbom = manifestOf("sbom", { orgId, subject, artifactType: "application/sbom", annotations: { a: "b" } });
    await store().images.putManifest(manifestOf("later", { orgId, subject, createdAt: atMs(1) }));
    await store().images.putManifest(sbom);
    expect(await store().images.referrers(orgId, "echo", subject)).toEqual([
      {
        digest: sbom.digest,
        mediaType: MEDIA_TYPE,
        artifactType: "application/sbom",
        annotations: { a: "b" },
        size: 4,
      },
      { digest: blobOf("later"), mediaType: MEDIA_TYPE, size: 5 },
    ]);
    expect(await store().images.referrers(orgId, "other", subject)).toEqual([]);
    expect(await store().images.referrers("org_other", "echo", subject)).toEqual([]);
  });

  it("knows through which repositories a blob may be read", async () => {
    const orgId = "org_linked";
    const digest = await link(orgId, "echo", "layer");
    expect(await store().images.hasBlob(orgId, digest, "echo")).toBe(true);
    expect(await store().images.hasBlob(orgId, digest)).toBe(true);
    expect(await store().images.hasBlob(orgId, digest, "other")).toBe(false);
    expect(await store().images.hasBlob("org_other", digest)).toBe(false);
  });

  it("unlinks a blob that nothing names, once", async () => {
    const orgId = "org_unlinked";
    const [named, free] = [await link(orgId, "echo", "named"), await link(orgId, "echo", "free")];
    await store().images.putManifest(manifestOf("names", { orgId, references: [named] }));
    expect(await store().images.unlinkBlob(orgId, "echo", named)).toBe("named");
    expect(await store().images.unlinkBlob(orgId, "other", free)).toBe("absent");
    expect(await store().images.unlinkBlob(orgId, "echo", free)).toBe("removed");
    expect(await store().images.unlinkBlob(orgId, "echo", free)).toBe("absent");
  });

  it("counts every blob once, and every manifest", async () => {
    const orgId = "org_usage";
    expect(await store().images.usage(orgId)).toEqual({ bytes: 0, manifests: 0 });
    const references = [await link(orgId, "echo", "12345")];
    await link(orgId, "other", "12345");
    await store().images.putManifest(manifestOf("123", { orgId, references }));
    expect(await store().images.usage(orgId)).toEqual({ bytes: 8, manifests: 1 });
  });

  const collect = async (before: string): Promise<{ links: number; removed: readonly string[] }> => {
    const removed: string[] = [];
    const links = await store().images.collect(before, 10, async (digest) => removed.push(digest));
    return { links, removed };
  };

  it("collects what is old and named by nothing of its own repository", async () => {
    const [orgId, other] = ["org_collected", "org_collected_too"];
    const [old, named, shared] = [
      await link(orgId, "echo", "old one", "2020-01-01T00:00:00Z"),
      await link(orgId, "echo", "named one", "2020-01-01T00:00:01Z"),
      await link(orgId, "echo", "shared one", "2020-01-01T00:00:02Z"),
    ];
    await link(other, "echo", "shared one");
    await link(orgId, "echo", "young one");
    await store().images.putManifest(manifestOf("collected", { orgId, references: [named] }));
    expect(await collect("2020-06-01T00:00:00Z")).toEqual({ links: 2, removed: [old] });
    expect(await collect("2020-06-01T00:00:00Z")).toEqual({ links: 0, removed: [] });
    expect(await store().images.hasBlob(orgId, shared)).toBe(false);
    expect(await store().images.hasBlob(other, shared)).toBe(true);
  });

  it("a blob that is linked again is as young as the last time", async () => {
    const orgId = "org_linked_again";
    const digest = await link(orgId, "echo", "again", "2019-01-01T00:00:00Z");
    await link(orgId, "echo", "again");
    expect(await collect("2019-06-01T00:00:00Z")).toEqual({ links: 0, removed: [] });
    expect(await store().images.hasBlob(orgId, digest)).toBe(true);
  });

  it("what is reserved is nobody's, and goes when nobody links it", async () => {
    const orgId = "org_reserving";
    const [left, linked] = [blobOf("left"), blobOf("linked after all")];
    await store().images.reserveBlob(left, "2017-01-01T00:00:00Z");
    await store().images.reserveBlob(linked, "2017-01-01T00:00:01Z");
    await link(orgId, "echo", "linked after all");
    expect(await store().images.hasBlob(orgId, left)).toBe(false);
    expect(await collect("2017-06-01T00:00:00Z")).toEqual({ links: 2, removed: [left] });
  });

  it("what could not be removed is removed another time", async () => {
    const digest = blobOf("stubborn");
    await store().images.reserveBlob(digest, "2016-01-01T00:00:00Z");
    const failing = store().images.collect("2016-06-01T00:00:00Z", 10, async () => {
      throw new Error("the disk");
    });
    await expect(failing).rejects.toThrow();
    expect(await collect("2016-06-01T00:00:00Z")).toEqual({ links: 1, removed: [digest] });
  });

  it("never collects what a manifest began to name meanwhile", async () => {
    const orgId = "org_racing";
    for (let round = 0; round < 8; round++) {
      const digest = await link(orgId, "echo", `racing ${round}`, "2018-01-01T00:00:00Z");
      const manifest = manifestOf(`racing manifest ${round}`, { orgId, references: [digest] });
      const [missing] = await Promise.all([
        store().images.putManifest(manifest),
        store().images.collect("2018-06-01T00:00:00Z", 100, async () => undefined),
      ]);
      expect(await store().images.hasBlob(orgId, digest, "echo")).toBe(missing.length === 0);
    }
  });
}
