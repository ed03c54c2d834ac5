import { PlatformError, parseWorkspacePath } from "@berth/protocol";
import { assertVersion } from "@berth/store";
import type { BlobStore, FileVersion, WorkspaceStore, WorkspaceUsage } from "@berth/store";
import { digestOf } from "../receipts/node-sha256.ts";
import { matchFiles } from "./match-files.ts";
import { checkedMediaType, mediaTypeOfPath } from "./media-types.ts";
import { fileNotFound, fileTooLarge } from "./workspace-errors.ts";
import type { WorkspaceLimits } from "./workspace-limits.ts";
import type { FileContent, RemoveOptions, WorkspaceFiles, Writer, WriteRequest } from "./workspaces.ts";

/** The most that the store lists at once. */
const PAGE = 1_000;

export interface StoredFilesOptions {
  readonly store: WorkspaceStore;
  readonly blobs: BlobStore;
  readonly limits: WorkspaceLimits;
  readonly now: () => Date;
}

/**
 * Workspaces in the platform's own store: versions in the database, bytes in the blob store. The bytes are durable before
 * a version names them, so a version never points at nothing, and reserved before they are put, so that they count from
 * then on and are collected when the write was refused or the process killed.
 */
export class StoredFiles implements WorkspaceFiles {
  readonly #options: StoredFilesOptions;

  constructor(options: StoredFilesOptions) {
    this.#options = options;
  }

  async list(
    orgId: string,
    prefix: string,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<readonly FileVersion[]> {
    return await this.#options.store.list(orgId, { prefix, ...page });
  }

  async find(orgId: string, path: string): Promise<FileVersion | undefined> {
    const file = await this.#options.store.find(orgId, parseWorkspacePath(path));
    return file?.digest === undefined ? undefined : file;
  }

  async read(orgId: string, path: string, version?: number): Promise<FileContent> {
    const { store, blobs } = this.#options;
    const file = await store.find(orgId, parseWorkspacePath(path), version);
    if (file?.digest === undefined) throw fileNotFound(path, version);
    const content = await blobs.get(file.digest);
    if (content === undefined) {
      throw new PlatformError("STORE_UNAVAILABLE", "The bytes of this file are missing.", {
        retryable: false,
        internal: `${file.digest} of ${orgId}`,
        hint: "Restore the folder of blobs from a backup, or write the file again.",
      });
    }
    return { file, content };
  }

  async write(orgId: string, by: Writer, request: WriteRequest): Promise<FileVersion> {
    const { store, blobs, limits, now } = this.#options;
    const { content, expectedVersion, mediaType } = request;
    const path = parseWorkspacePath(request.path);
    if (content.byteLength > limits.maxFileBytes) throw fileTooLarge(limits.maxFileBytes);
    // The store decides; asked before, so that who comes late does not fill the disk.
    if (expectedVersion !== undefined) assertVersion(expectedVersion, (await store.find(orgId, path))?.version ?? 0);
    const at = now().toISOString();
    const bytes = content.byteLength;
    await store.reserve({ orgId, digest: digestOf(content), bytes, at }, limits.quota);
    const digest = await blobs.put(content);
    const file = {
      orgId,
      path,
      digest,
      bytes,
      mediaType: mediaType === undefined ? mediaTypeOfPath(path) : checkedMediaType(mediaType),
      at,
      by: by.id,
      ...(by.runId === undefined ? {} : { runId: by.runId }),
    };
    return await store.put(file, {
      quota: limits.quota,
      ...(expectedVersion === undefined ? {} : { expectedVersion }),
    });
  }

  async remove(orgId: string, by: Writer, path: string, options: RemoveOptions = {}): Promise<FileVersion> {
    const { store, now } = this.#options;
    const file = await store.find(orgId, parseWorkspacePath(path));
    const withHistory = options.history === true;
    if (file === undefined || (file.digest === undefined && !withHistory)) throw fileNotFound(path);
    const { digest: _gone, runId: _before, ...rest } = file;
    return await store.put(
      {
        ...rest,
        bytes: 0,
        at: now().toISOString(),
        by: by.id,
        ...(by.runId === undefined ? {} : { runId: by.runId }),
      },
      { expectedVersion: file.version, ...(withHistory ? { keepVersions: 1 } : {}) },
    );
  }

  async history(orgId: string, path: string, limit: number): Promise<readonly FileVersion[]> {
    const versions = await this.#options.store.history(orgId, parseWorkspacePath(path), limit);
    if (versions.length === 0) throw fileNotFound(path);
    return versions;
  }

  async usage(orgId: string): Promise<WorkspaceUsage> {
    return await this.#options.store.usage(orgId);
  }

  async match(
    orgId: string,
    globs: readonly string[],
    limit: number,
  ): Promise<{ readonly files: readonly FileVersion[]; readonly bytes: number; readonly more: boolean }> {
    return await matchFiles(globs, limit, (prefix) => this.#below(orgId, prefix));
  }

  async *#below(orgId: string, prefix: string): AsyncGenerator<FileVersion> {
    let after: string | undefined;
    for (;;) {
      const page = await this.list(orgId, prefix, { limit: PAGE, ...(after === undefined ? {} : { after }) });
      yield* page;
      after = page.at(-1)?.path;
      if (after === undefined || page.length < PAGE) return;
    }
  }
}
