import { DEFAULT_ORG_ID } from "@berth/protocol";
import type { HostFile, HostFolder } from "@berth/runtime";
import { assertVersion } from "@berth/store";
import type { FileVersion, WorkspaceUsage } from "@berth/store";
import { digestOf } from "../receipts/node-sha256.ts";
import { matchFiles } from "./match-files.ts";
import { mediaTypeOfPath } from "./media-types.ts";
import { fileNotFound, fileTooLarge } from "./workspace-errors.ts";
import type { WorkspaceLimits } from "./workspace-limits.ts";
import type { FileContent, WorkspaceFiles, WriteRequest, Writer } from "./workspaces.ts";

/** Who is named as the writer of what other programs have put there. */
const HOST = "host";
const MAX_DIGESTS = 10_000;

/** The default organization's files are those of the folder; all others stay where they are. */
export function withHostFolder(stored: WorkspaceFiles, folder: HostFolder, limits: WorkspaceLimits): WorkspaceFiles {
  const host = new HostFiles(folder, limits);
  const of = (orgId: string): WorkspaceFiles => (orgId === DEFAULT_ORG_ID ? host : stored);
  return {
    list: async (orgId, ...rest) => await of(orgId).list(orgId, ...rest),
    read: async (orgId, ...rest) => await of(orgId).read(orgId, ...rest),
    find: async (orgId, ...rest) => await of(orgId).find(orgId, ...rest),
    write: async (orgId, ...rest) => await of(orgId).write(orgId, ...rest),
    remove: async (orgId, ...rest) => await of(orgId).remove(orgId, ...rest),
    history: async (orgId, ...rest) => await of(orgId).history(orgId, ...rest),
    usage: async (orgId) => await of(orgId).usage(orgId),
    match: async (orgId, ...rest) => await of(orgId).match(orgId, ...rest),
  };
}

/**
 * A folder of this machine as a workspace, for development: what an editor saves there is what agents read. There is one
 * version of each file, numbered by its time of change, and no quota but the disk.
 */
class HostFiles implements WorkspaceFiles {
  readonly #folder: HostFolder;
  readonly #limits: WorkspaceLimits;
  /** Of files that did not change since; the oldest go first. */
  readonly #digests = new Map<string, string>();

  constructor(folder: HostFolder, limits: WorkspaceLimits) {
    this.#folder = folder;
    this.#limits = limits;
  }

  async list(
    orgId: string,
    prefix: string,
    { after, limit }: { readonly after?: string; readonly limit: number },
  ): Promise<readonly FileVersion[]> {
    const page: FileVersion[] = [];
    for await (const file of this.#folder.list(prefix)) {
      if (page.length >= limit) break;
      if (after !== undefined && Buffer.compare(Buffer.from(file.path), Buffer.from(after)) <= 0) continue;
      page.push(...this.#known(orgId, file));
    }
    return page;
  }

  async find(orgId: string, path: string): Promise<FileVersion | undefined> {
    const file = this.#folder.find(path);
    return file === undefined ? undefined : this.#known(orgId, file)[0];
  }

  async read(orgId: string, path: string, version?: number): Promise<FileContent> {
    const found = this.#folder.read(path, this.#limits.maxFileBytes);
    if (found === undefined || (version !== undefined && version !== found.file.version)) {
      throw fileNotFound(path, version);
    }
    const { file, content } = found;
    return { file: toVersion(orgId, file, digestOf(content)), content };
  }

  async write(orgId: string, _by: Writer, { path, content, expectedVersion }: WriteRequest): Promise<FileVersion> {
    if (content.byteLength > this.#limits.maxFileBytes) throw fileTooLarge(this.#limits.maxFileBytes);
    if (expectedVersion !== undefined) assertVersion(expectedVersion, this.#folder.find(path)?.version ?? 0);
    return toVersion(orgId, this.#folder.write(path, content), digestOf(content));
  }

  async remove(orgId: string, _by: Writer, path: string): Promise<FileVersion> {
    const file = this.#folder.find(path);
    if (file === undefined || !this.#folder.remove(path)) throw fileNotFound(path);
    const { digest: _gone, ...rest } = toVersion(orgId, { ...file, version: file.version + 1, bytes: 0 }, "");
    return rest;
  }

  async history(orgId: string, path: string): Promise<readonly FileVersion[]> {
    const file = await this.find(orgId, path);
    if (file === undefined) throw fileNotFound(path);
    return [file];
  }

  async usage(): Promise<WorkspaceUsage> {
    const usage = { files: 0, bytes: 0, released: 0 };
    for await (const { bytes } of this.#folder.list("")) {
      usage.files += 1;
      usage.bytes += bytes;
    }
    return usage;
  }

  async match(
    orgId: string,
    globs: readonly string[],
    limit: number,
  ): Promise<{ readonly files: readonly FileVersion[]; readonly bytes: number; readonly more: boolean }> {
    const { files, bytes, more } = await matchFiles(globs, limit, (prefix) => this.#folder.list(prefix));
    return { files: files.flatMap((file) => this.#known(orgId, file)), bytes, more };
  }

  /** With its digest. Empty for a file that went away meanwhile, or is larger than any file of a workspace. */
  #known(orgId: string, file: HostFile): readonly FileVersion[] {
    const key = `${file.version} ${file.bytes} ${file.path}`;
    const known = this.#digests.get(key);
    if (known !== undefined) return [toVersion(orgId, file, known)];
    if (file.bytes > this.#limits.maxFileBytes) return [];
    const found = this.#folder.read(file.path, this.#limits.maxFileBytes);
    if (found === undefined) return [];
    const digest = digestOf(found.content);
    const [oldest] = this.#digests.keys();
    if (this.#digests.size >= MAX_DIGESTS && oldest !== undefined) this.#digests.delete(oldest);
    this.#digests.set(key, digest);
    return [toVersion(orgId, found.file, digest)];
  }
}

function toVersion(orgId: string, { path, version, bytes }: HostFile, digest: string): FileVersion {
  const at = new Date(version / 1_000).toISOString();
  return { orgId, path, version, digest, bytes, mediaType: mediaTypeOfPath(path), at, by: HOST };
}
