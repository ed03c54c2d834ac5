import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PlatformError } from "@berth/protocol";
import { parseEntryPath } from "../unpack/entry-path.ts";
import type { SourceTree } from "../unpack/source-tree.ts";
import { UNPACK_LIMITS } from "../unpack/unpack-archive.ts";
import type { UnpackLimits } from "../unpack/unpack-archive.ts";
import { explainFailure } from "./explain-failure.ts";
import { sshCommand, writeGitFiles } from "./git-access.ts";
import type { GitAccess } from "./git-access.ts";
import { GitPlace } from "./git-place.ts";
import type { GitCall } from "./git-place.ts";
import { isShortId, parseGitRef } from "./git-ref.ts";
import type { GitRef } from "./git-ref.ts";
import type { GitUrl } from "./git-url.ts";
import { readGitTree } from "./read-git-tree.ts";

/** A way to the repository's host and nowhere else, which whoever calls has opened and closes. */
interface GitTunnel {
  /** A unix socket: each connection to it is one to the host. */
  readonly socket: string;
  /** More came than was allowed, and the connection was cut. */
  readonly exceeded: () => boolean;
}

export interface GitFetch {
  readonly url: GitUrl;
  readonly ref?: string;
  readonly path?: string;
  readonly access?: GitAccess;
  readonly tunnel: GitTunnel;
  /** Made and removed here: the repository, and what opens it. */
  readonly workFolder: string;
  /** Where programs are looked for. */
  readonly programs: string;
  readonly limits?: UnpackLimits;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface FetchedTree {
  readonly tree: SourceTree;
  readonly commit: string;
  /** Whole, such as `refs/heads/main`; absent when a commit was asked for. */
  readonly ref?: string;
}

const FETCHED = "refs/berth/source";
const NETWORK_TIMEOUT_MS = 180_000;
const LOCAL_TIMEOUT_MS = 30_000;
const MAX_LISTING_BYTES = 1024 * 1024;

/**
 * One commit of somebody's repository, without its history. Hostile until read: see `readGitTree`, `gitEnvironment`.
 * @throws SOURCE_FAILED, ARCHIVE_REFUSED, INVALID_PARAMS for a ref or path that cannot be one, CANCELED, TIMED_OUT
 */
export async function fetchGitTree(fetch: GitFetch): Promise<FetchedTree> {
  const { workFolder, limits = UNPACK_LIMITS, path, programs } = fetch;
  const ref = fetch.ref === undefined ? undefined : parseGitRef(fetch.ref);
  const folder = path === undefined ? undefined : parseEntryPath(path, limits);
  const [repository, files] = [join(workFolder, "repository"), join(workFolder, "access")];
  await mkdir(workFolder, { mode: 0o700 });
  try {
    await makeBare(repository);
    const hidden = await writeGitFiles(files, fetch.access);
    const place = new GitPlace({ repository, files, path: programs });
    const run = new Fetching(fetch, place, hidden);
    const found = await run.bring(ref);
    const { log, signal } = fetch;
    const inside = folder === undefined || folder === "" ? {} : { path: folder };
    return { tree: await readGitTree(place, { commit: found.commit, ...inside, limits, log, signal }), ...found };
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

class Fetching {
  readonly #fetch: GitFetch;
  readonly #place: GitPlace;
  readonly #hidden: readonly string[];

  constructor(fetch: GitFetch, place: GitPlace, hidden: readonly string[]) {
    this.#fetch = fetch;
    this.#place = place;
    this.#hidden = hidden.filter((text) => text.length >= 4);
  }

  async bring(ref: GitRef | undefined): Promise<{ readonly commit: string; readonly ref?: string }> {
    const { url } = this.#fetch;
    const wanted = ref?.kind === "commit" ? ref.id : await this.#find(ref);
    this.#say(`fetching ${url.text} ${wanted}`);
    const options = ["--depth=1", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--progress"];
    const into = `+${wanted}:${FETCHED}`;
    await this.#remote((repository) => ["-C", repository, "fetch", ...options, "--", url.text, into]);
    const commit = (await this.#local(["rev-parse", "--verify", "--quiet", `${FETCHED}^{commit}`])).trim();
    this.#say(`at commit ${commit}`);
    return { commit, ...(ref?.kind === "commit" ? {} : { ref: wanted }) };
  }

  /** The whole name of what is meant. */
  async #find(ref: GitRef | undefined): Promise<string> {
    const names =
      ref === undefined
        ? ["HEAD"]
        : ref.kind === "name"
          ? [`refs/heads/${ref.name}`, `refs/tags/${ref.name}`]
          : [ref.kind === "full" ? ref.name : ref.id];
    const { url } = this.#fetch;
    const listed = await this.#remote((repository) => ["-C", repository, "ls-remote", "--", url.text, ...names]);
    const there = new Set(listed.split("\n").map((line) => line.split("\t")[1] ?? ""));
    const found = names.find((name) => there.has(name));
    if (found !== undefined) return found;
    const name = this.#fetch.ref ?? "HEAD";
    throw new PlatformError("SOURCE_FAILED", `${url.text} has no branch or tag ${name}.`, {
      hint: isShortId(name)
        ? "If it is the beginning of a commit's id: servers must be asked for all 40 digits of it."
        : "Check the name; for a commit give its whole id.",
    });
  }

  async #local(args: readonly string[]): Promise<string> {
    const { signal } = this.#fetch;
    const { text, call } = collect();
    const { code, said } = await this.#place.run({
      ...call,
      args: ({ repository }) => ["-C", repository, ...args],
      timeoutMs: LOCAL_TIMEOUT_MS,
      signal,
    });
    if (code !== 0) throw this.#failed(said);
    return text();
  }

  async #remote(args: (repository: string) => readonly string[]): Promise<string> {
    const { url, tunnel, access, signal } = this.#fetch;
    const { text, call } = collect();
    const isSsh = url.scheme === "ssh";
    const host = url.host.replace(/^\[|\]$/g, "");
    const hasSettings = access?.kind === "header";
    const { code, said } = await this.#place.run({
      ...call,
      args: ({ repository }) => args(repository),
      ...(isSsh ? { ssh: sshCommand } : {}),
      protocols: [url.scheme],
      network: { socket: tunnel.socket, host, port: url.port, ...(hasSettings ? { settings: "settings" } : {}) },
      log: (line) => this.#say(line),
      timeoutMs: NETWORK_TIMEOUT_MS,
      signal,
    });
    if (code !== 0 || tunnel.exceeded()) throw this.#failed(said);
    return text();
  }

  #say(line: string): void {
    this.#fetch.log(this.#hidden.reduce((text, hidden) => text.replaceAll(hidden, "[redacted]"), line));
  }

  #failed(said: string): PlatformError {
    const { url, ref, access, tunnel } = this.#fetch;
    const shown = this.#hidden.reduce((text, hidden) => text.replaceAll(hidden, "[redacted]"), said);
    return explainFailure({
      url: url.text,
      ref,
      said: shown,
      tooLarge: tunnel.exceeded(),
      hasCredential: access !== undefined,
    });
  }
}

/** As `git init --bare` makes it, which would be one more process. */
async function makeBare(folder: string): Promise<void> {
  await mkdir(join(folder, "objects"), { recursive: true, mode: 0o700 });
  await mkdir(join(folder, "refs"));
  await writeFile(join(folder, "HEAD"), "ref: refs/heads/main\n");
  await writeFile(join(folder, "config"), "[core]\n\trepositoryformatversion = 0\n\tbare = true\n");
}

/** What a command writes, within bounds. */
function collect(): { readonly text: () => string; readonly call: Pick<GitCall, "onOutput"> } {
  const chunks: Buffer[] = [];
  let size = 0;
  const onOutput = (chunk: Buffer): void => {
    size += chunk.length;
    if (size > MAX_LISTING_BYTES) throw new PlatformError("SOURCE_FAILED", "The repository has too many refs.");
    chunks.push(chunk);
  };
  return { text: () => Buffer.concat(chunks).toString("utf8"), call: { onOutput } };
}
