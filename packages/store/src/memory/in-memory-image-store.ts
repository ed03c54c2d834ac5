import { MAX_REFERRERS } from "../image-store.ts";
import type {
  ImageStore,
  ImageUsage,
  ManifestInfo,
  NamePage,
  Referrer,
  RepositoryInfo,
  StoredManifest,
} from "../image-store.ts";
import { toInstant } from "../instant.ts";
import { manifestAsKept, toManifestInfo, toReferrer } from "../kept-images.ts";
import { boundPageSize } from "../page-token.ts";
import { requireStorableText } from "../storable-text.ts";
import type { InMemoryState } from "./in-memory-state.ts";

/** Has what is reserved. */
const NOBODY = "";

interface Link {
  readonly bytes: number;
  readonly at: string;
}

interface Repository {
  readonly orgId: string;
  readonly name: string;
  readonly manifests: Map<string, StoredManifest>;
  readonly tags: Map<string, string>;
  readonly blobs: Map<string, Link>;
}

export class InMemoryImageStore implements ImageStore {
  readonly #state: InMemoryState;
  readonly #repositories = new Map<string, Repository>();

  constructor(state: InMemoryState) {
    this.#state = state;
  }

  async putManifest(manifest: StoredManifest, tag?: string): Promise<readonly string[]> {
    const kept = manifestAsKept(manifest, tag);
    const repository = this.#make(kept.orgId, kept.repository);
    const { manifests, blobs, tags } = repository;
    const missing = kept.references.filter((digest) => !blobs.has(digest) && !manifests.has(digest));
    if (missing.length > 0) return missing;
    if (!manifests.has(kept.digest)) manifests.set(kept.digest, kept);
    if (tag !== undefined) tags.set(tag, kept.digest);
    return [];
  }

  async manifest(orgId: string, name: string, reference: string): Promise<StoredManifest | undefined> {
    const { manifests, tags } = this.#find(orgId, name);
    return manifests.get(tags.get(reference) ?? reference);
  }

  async repositoryOf(orgId: string, digest: string): Promise<string | undefined> {
    return this.#of(orgId).find(({ manifests }) => manifests.has(digest))?.name;
  }

  async manifests(orgId: string, name: string, limit: number): Promise<readonly ManifestInfo[]> {
    const { manifests, tags, blobs } = this.#find(orgId, name);
    return [...manifests.values()]
      .toSorted((one, other) => compare(other.createdAt, one.createdAt) || compare(one.digest, other.digest))
      .slice(0, boundPageSize(limit))
      .map((manifest) => {
        const named = manifest.references.map((digest) => blobs.get(digest)?.bytes ?? 0);
        return toManifestInfo(manifest, {
          bytes: named.reduce((sum, bytes) => sum + bytes, manifest.bytes.length),
          tags: [...tags]
            .filter(([, digest]) => digest === manifest.digest)
            .map(([tag]) => tag)
            .toSorted(compare),
        });
      });
  }

  async deleteManifest(orgId: string, name: string, digest: string): Promise<boolean> {
    const { manifests, tags } = this.#find(orgId, name);
    for (const [tag, named] of tags) if (named === digest) tags.delete(tag);
    return manifests.delete(digest);
  }

  async deleteTag(orgId: string, name: string, tag: string): Promise<boolean> {
    return this.#find(orgId, name).tags.delete(tag);
  }

  async tags(orgId: string, name: string, { size, last = "" }: NamePage): Promise<readonly string[]> {
    const names = [...this.#find(orgId, name).tags.keys()].toSorted(compare);
    return names.filter((tag) => compare(tag, last) > 0).slice(0, boundPageSize(size));
  }

  async repositories(
    orgId: string,
    { size, last = "", under }: NamePage & { readonly under?: readonly string[] },
  ): Promise<readonly RepositoryInfo[]> {
    this.#state.assertOpen();
    return [...this.#repositories.values()]
      .filter((each) => each.orgId === orgId && each.manifests.size > 0 && compare(each.name, last) > 0)
      .filter(({ name }) => under === undefined || under.some((top) => name === top || name.startsWith(`${top}/`)))
      .toSorted((one, other) => compare(one.name, other.name))
      .slice(0, boundPageSize(size))
      .map(({ name, tags, manifests }) => ({ repository: name, tags: tags.size, manifests: manifests.size }));
  }

  async referrers(orgId: string, name: string, subject: string): Promise<readonly Referrer[]> {
    return [...this.#find(orgId, name).manifests.values()]
      .filter((manifest) => manifest.subject === subject)
      .toSorted((one, other) => compare(one.createdAt, other.createdAt) || compare(one.digest, other.digest))
      .slice(0, MAX_REFERRERS)
      .map((manifest) => toReferrer(manifest, manifest.bytes.length));
  }

  async linkBlob(
    orgId: string,
    name: string,
    digest: string,
    { bytes, at }: { readonly bytes: number; readonly at: string },
  ): Promise<void> {
    requireStorableText({ orgId, repository: name, digest });
    this.#make(orgId, name).blobs.set(digest, { bytes, at: toInstant(at) });
  }

  async hasBlob(orgId: string, digest: string, name?: string): Promise<boolean> {
    if (name !== undefined) return this.#find(orgId, name).blobs.has(digest);
    return this.#of(orgId).some(({ blobs }) => blobs.has(digest));
  }

  async unlinkBlob(orgId: string, name: string, digest: string): Promise<"removed" | "absent" | "named"> {
    const repository = this.#find(orgId, name);
    if (!repository.blobs.has(digest)) return "absent";
    if (isNamed(repository, digest)) return "named";
    repository.blobs.delete(digest);
    return "removed";
  }

  async usage(orgId: string): Promise<ImageUsage> {
    const blobs = new Map(
      this.#of(orgId).flatMap((each) => [...each.blobs].map(([digest, { bytes }]) => [digest, bytes])),
    );
    const manifests = this.#of(orgId).flatMap((each) => [...each.manifests.values()]);
    const bytes = [...blobs.values(), ...manifests.map((manifest) => manifest.bytes.length)];
    return { bytes: bytes.reduce((sum, each) => sum + each, 0), manifests: manifests.length };
  }

  async reserveBlob(digest: string, at: string): Promise<void> {
    await this.linkBlob(NOBODY, "", digest, { bytes: 0, at });
  }

  async collect(before: string, limit: number, remove: (digest: string) => Promise<unknown>): Promise<number> {
    this.#state.assertOpen();
    const all = [...this.#repositories.values()];
    const found = all
      .flatMap((repository) => [...repository.blobs].map(([digest, { at }]) => ({ repository, digest, at })))
      .filter(({ repository, digest, at }) => at < before && !isNamed(repository, digest))
      .slice(0, limit);
    const isKept = (digest: string): boolean =>
      all.some(
        (repository) =>
          repository.blobs.has(digest) &&
          !found.some((link) => link.repository === repository && link.digest === digest),
      );
    for (const digest of new Set(found.map((link) => link.digest))) if (!isKept(digest)) await remove(digest);
    for (const { repository, digest } of found) if (!isNamed(repository, digest)) repository.blobs.delete(digest);
    return found.length;
  }

  #of(orgId: string): readonly Repository[] {
    this.#state.assertOpen();
    return [...this.#repositories.values()].filter((each) => each.orgId === orgId);
  }

  #find(orgId: string, name: string): Repository {
    this.#state.assertOpen();
    return this.#repositories.get(JSON.stringify([orgId, name])) ?? empty(orgId, name);
  }

  #make(orgId: string, name: string): Repository {
    const repository = this.#find(orgId, name);
    this.#repositories.set(JSON.stringify([orgId, name]), repository);
    return repository;
  }
}

function empty(orgId: string, name: string): Repository {
  return { orgId, name, manifests: new Map(), tags: new Map(), blobs: new Map() };
}

function isNamed({ manifests }: Repository, digest: string): boolean {
  return [...manifests.values()].some(({ references }) => references.includes(digest));
}

/** As the database compares: these are all ASCII. */
function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
