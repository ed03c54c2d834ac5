/** A manifest of a repository, exactly as it was written. */
export interface StoredManifest {
  readonly orgId: string;
  /** Lower case, such as `echo` or `team/echo`. */
  readonly repository: string;
  /** `sha256:<hex>` of `bytes`. */
  readonly digest: string;
  readonly mediaType: string;
  readonly artifactType?: string;
  /** At most 4 MiB. */
  readonly bytes: Uint8Array;
  /** Digest of the manifest it is about, which need not be there. */
  readonly subject?: string;
  /** Everything it names and needs: config, layers, or the manifests of an index. */
  readonly references: readonly string[];
  readonly annotations?: { readonly [key: string]: string };
  readonly createdAt: string;
}

export interface RepositoryInfo {
  readonly repository: string;
  readonly tags: number;
  readonly manifests: number;
}

/** A manifest in a list: all but its bytes. */
export interface ManifestInfo extends Pick<StoredManifest, "digest" | "mediaType" | "artifactType" | "subject"> {
  /** Of the manifest and every blob that it names itself. */
  readonly bytes: number;
  /** In lexical order. */
  readonly tags: readonly string[];
  readonly createdAt: string;
}

/** What a list of referrers says of one. */
export interface Referrer extends Pick<StoredManifest, "digest" | "mediaType" | "artifactType" | "annotations"> {
  /** Of the manifest alone, in bytes. */
  readonly size: number;
}

export interface ImageUsage {
  /** Every blob once, and every manifest. */
  readonly bytes: number;
  readonly manifests: number;
}

/** Lists are in lexical order, after `last`. */
export interface NamePage {
  readonly size: number;
  readonly last?: string;
}

export const MAX_REFERRERS = 1_000;

/** Which images there are, per organization; their bytes are in the LayerStore. */
export interface ImageStore {
  /**
   * The same bytes may be put twice. With `tag` the tag names it from now on. Gives what of `references` the repository
   * has neither as a blob nor as a manifest: then nothing was kept. From when it resolves on nothing it names is collected.
   */
  putManifest(manifest: StoredManifest, tag?: string): Promise<readonly string[]>;
  /** By digest, or by tag. */
  manifest(orgId: string, repository: string, reference: string): Promise<StoredManifest | undefined>;
  /** One that has this manifest. */
  repositoryOf(orgId: string, digest: string): Promise<string | undefined>;
  /** Newest first. */
  manifests(orgId: string, repository: string, limit: number): Promise<readonly ManifestInfo[]>;
  /** Its tags go with it. False when there was none. */
  deleteManifest(orgId: string, repository: string, digest: string): Promise<boolean>;
  deleteTag(orgId: string, repository: string, tag: string): Promise<boolean>;
  tags(orgId: string, repository: string, page: NamePage): Promise<readonly string[]>;
  /** `under`: only these and what is below them. */
  repositories(
    orgId: string,
    page: NamePage & { readonly under?: readonly string[] },
  ): Promise<readonly RepositoryInfo[]>;
  /** Manifests whose `subject` is this digest, oldest first; at most MAX_REFERRERS. */
  referrers(orgId: string, repository: string, subject: string): Promise<readonly Referrer[]>;
  /** From now on the organization has these bytes in this repository. Again: as if it were the first time. */
  linkBlob(
    orgId: string,
    repository: string,
    digest: string,
    link: { readonly bytes: number; readonly at: string },
  ): Promise<void>;
  /** Whether these bytes may be read through this repository. Without `repository`: through any of the organization. */
  hasBlob(orgId: string, digest: string, repository?: string): Promise<boolean>;
  /** `named`: a manifest of the repository needs it, so it stays. */
  unlinkBlob(orgId: string, repository: string, digest: string): Promise<"removed" | "absent" | "named">;
  usage(orgId: string): Promise<ImageUsage>;
  /** Bytes with this digest are about to be written: when nobody has linked them by the time they are collected, they go. */
  reserveBlob(digest: string, at: string): Promise<void>;
  /**
   * Forgets blobs linked or reserved before `before` that no manifest of their repository names; at most `limit`, gives
   * how many. `remove` is called for each that nobody has any more, before that is final: it may be called again.
   */
  collect(before: string, limit: number, remove: (digest: string) => Promise<unknown>): Promise<number>;
}
