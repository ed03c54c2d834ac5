import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { PlatformError } from "@berth/protocol";
import type { SourceTree } from "../unpack/source-tree.ts";
import { UNPACK_LIMITS } from "../unpack/unpack-archive.ts";
import { GitPlace } from "./git-place.ts";
import { packet } from "./pkt-line.ts";
import { readGitTree } from "./read-git-tree.ts";

export type GitService = "git-upload-pack" | "git-receive-pack";

export interface BareRepositoryOptions {
  readonly folder: string;
  /** Where programs are looked for. */
  readonly programs: string;
  /** Of one push. */
  readonly maxPushBytes: number;
  /** What was pushed cannot be pushed away. */
  readonly denyNonFastForwards: boolean;
}

export interface GitExchange {
  /** What the client's git says it speaks: the header Git-Protocol. */
  readonly protocol?: string;
  readonly write: (chunk: Buffer) => Promise<void>;
  readonly signal: AbortSignal;
}

const SERVE_TIMEOUT_MS = 180_000;
const LOCAL_TIMEOUT_MS = 30_000;
/** Branches and tags: nothing else can be pushed, or is shown. */
const REFS = ["refs/", "!refs/heads/", "!refs/tags/"];

/**
 * A repository of the platform's own, that people push to. What is in it is theirs and hostile; its settings are ours,
 * and it has no hooks.
 */
export class BareRepository {
  readonly #options: BareRepositoryOptions;
  readonly #place: GitPlace;

  constructor(options: BareRepositoryOptions) {
    this.#options = options;
    this.#place = new GitPlace({ repository: options.folder, path: options.programs });
  }

  get exists(): boolean {
    return existsSync(join(this.#options.folder, "HEAD"));
  }

  /** Twice is harmless. */
  async create(signal: AbortSignal): Promise<void> {
    if (this.exists) return;
    const { folder, programs } = this.#options;
    const fresh = `${folder}.${process.pid}.${performance.now().toString(36)}`;
    await mkdir(fresh, { recursive: true, mode: 0o700 });
    const place = new GitPlace({ repository: fresh, path: programs });
    const args = ["init", "--quiet", "--bare", "--template=", "--initial-branch=main"];
    const { code, said } = await place.run({
      args: ({ repository }) => ["-C", repository, ...args],
      timeoutMs: LOCAL_TIMEOUT_MS,
      signal,
    });
    if (code !== 0) throw new Error(`git init: ${said}`);
    try {
      await rename(fresh, folder);
    } catch (error) {
      await rm(fresh, { recursive: true, force: true });
      // Somebody else was faster.
      if (!this.exists) throw error;
    }
  }

  /** The first answer of a fetch or a push: which refs there are. */
  async advertise(service: GitService, exchange: GitExchange): Promise<void> {
    const isNew = service === "git-upload-pack" && exchange.protocol === "version=2";
    if (!isNew) await exchange.write(Buffer.concat([packet(`# service=${service}\n`), Buffer.from("0000")]));
    await this.#serve(service, ["--http-backend-info-refs"], exchange);
  }

  /** The second: what the client's git asks for, or sends. */
  async serve(
    service: GitService,
    exchange: GitExchange & { readonly input: AsyncIterable<Uint8Array> },
  ): Promise<void> {
    await this.#serve(service, [], exchange);
  }

  /** The commit that a ref, whole, is at. */
  async commitOf(ref: string, signal: AbortSignal): Promise<string | undefined> {
    let text = "";
    const { code } = await this.#place.run({
      args: ({ repository }) => [
        "-C",
        repository,
        "rev-parse",
        "--verify",
        "--quiet",
        "--end-of-options",
        `${ref}^{commit}`,
      ],
      onOutput: (chunk) => {
        text = (text + chunk.toString("latin1")).slice(0, 128);
      },
      timeoutMs: LOCAL_TIMEOUT_MS,
      signal,
    });
    return code === 0 && /^[0-9a-f]{40,64}\n$/.test(text) ? text.trim() : undefined;
  }

  /** @throws SOURCE_FAILED, ARCHIVE_REFUSED, CANCELED, TIMED_OUT */
  async read(
    commit: string,
    { log, signal }: { readonly log: (line: string) => void; readonly signal: AbortSignal },
  ): Promise<SourceTree> {
    const isId = /^[0-9a-f]{40,64}$/.test(commit);
    if (!isId || !this.exists) throw new PlatformError("SOURCE_FAILED", "The pushed commit is no longer there.");
    return await readGitTree(this.#place, { commit, limits: UNPACK_LIMITS, log, signal });
  }

  async bytes(): Promise<number> {
    const entries = await readdir(this.#options.folder, { recursive: true, withFileTypes: true });
    const sizes = entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => (await stat(join(entry.parentPath, entry.name)).catch(() => undefined))?.size ?? 0);
    return (await Promise.all(sizes)).reduce((total, size) => total + size, 0);
  }

  async #serve(
    service: GitService,
    options: readonly string[],
    { protocol, write, signal, input }: GitExchange & { readonly input?: AsyncIterable<Uint8Array> },
  ): Promise<void> {
    const { maxPushBytes, denyNonFastForwards } = this.#options;
    const { code, said } = await this.#place.run({
      args: ({ repository }) => [service.slice("git-".length), "--stateless-rpc", ...options, repository],
      settings: {
        "transfer.hideRefs": REFS,
        "receive.maxInputSize": String(maxPushBytes),
        "receive.denyNonFastForwards": String(denyNonFastForwards),
        "receive.denyDeletes": "false",
        "receive.denyDeleteCurrent": "ignore",
        "receive.unpackLimit": "100",
        "receive.autogc": "true",
        "gc.auto": "2000",
        "gc.autoDetach": "false",
      },
      ...(protocol === undefined ? {} : { variables: { GIT_PROTOCOL: protocol } }),
      ...(input === undefined ? {} : { input }),
      onOutput: write,
      timeoutMs: SERVE_TIMEOUT_MS,
      signal,
    });
    if (code === 0) return;
    throw new PlatformError("INVALID_REQUEST", "git could not deal with the request.", { internal: said.slice(-500) });
  }
}
