import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fetchGitTree, parseGitAccess, parseGitUrl, writeTree } from "@berth/deploy";
import type { SourceTree } from "@berth/deploy";
import { PlatformError } from "@berth/protocol";
import { HostAllowlist, OutboundError } from "@berth/runtime";
import type { OutboundHttp, OutboundTunnel, SecretSource } from "@berth/runtime";
import type { DeploymentSource } from "@berth/store";
import type { GitRepositories } from "./git-repositories.ts";
import type { SourceFetcher } from "./source-fetcher.ts";

export interface SourceFetcherOptions {
  readonly outbound: Pick<OutboundHttp, "tunnel" | "isExempt">;
  readonly secrets: SecretSource;
  readonly repositories: Pick<GitRepositories, "read">;
  /** Where programs are looked for. */
  readonly programs: string;
}

type FetchRequest = Parameters<SourceFetcher["fetch"]>[1];
type GitSource = Extract<DeploymentSource, { readonly kind: "git" }>;
type Revision = Awaited<ReturnType<SourceFetcher["fetch"]>>;

/** What a fetch may bring, packed: a commit without its history. */
const MAX_FETCHED_BYTES = 200 * 1024 * 1024;

export function createSourceFetcher(options: SourceFetcherOptions): SourceFetcher {
  return {
    fetch: async (source, request) => {
      if (source.kind === "git") return await fetchGit(options, source, request);
      const { repository, commit, ref } = source;
      const { orgId, log, signal } = request;
      const tree = await options.repositories.read({ orgId, name: repository }, { commit, log, signal });
      await write(tree, request.folder);
      return { url: `push:${repository}`, commit, ref };
    },
  };
}

async function fetchGit(options: SourceFetcherOptions, source: GitSource, request: FetchRequest): Promise<Revision> {
  const { orgId, folder, log, signal } = request;
  const url = parseGitUrl(source.url);
  const access =
    source.credential === undefined ? undefined : await secretOf(options.secrets, orgId, source.credential);
  const usable = access === undefined ? {} : { access: parseGitAccess(assertMayGo(access, url, source), url) };
  // The path of a unix socket has to be short.
  const socketFolder = await mkdtemp(join(tmpdir(), "berth-git-"));
  try {
    const { scheme, host, port } = url;
    if (scheme === "http" && !options.outbound.isExempt(host, port)) {
      throw new PlatformError("SOURCE_FAILED", `${url.text} is not encrypted: what comes could be anybody's.`, {
        hint: "Use https:// or ssh://.",
      });
    }
    await using tunnel = await openTunnel(options.outbound, `https://${host}:${port}`, join(socketFolder, "out"));
    const { tree, commit, ref } = await fetchGitTree({
      url,
      ...(source.ref === undefined ? {} : { ref: source.ref }),
      ...(source.path === undefined ? {} : { path: source.path }),
      ...usable,
      tunnel: { socket: join(socketFolder, "out"), exceeded: () => tunnel.exceeded },
      workFolder: `${folder}.git`,
      programs: options.programs,
      log,
      signal,
    });
    await write(tree, folder);
    return { url: url.text, commit, ...(ref === undefined ? {} : { ref }) };
  } finally {
    await rm(socketFolder, { recursive: true, force: true });
  }
}

async function openTunnel(
  outbound: SourceFetcherOptions["outbound"],
  url: string,
  socket: string,
): Promise<OutboundTunnel> {
  try {
    return await outbound.tunnel({ url, socket, maxBytes: MAX_FETCHED_BYTES });
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    const hint =
      error.kind === "refused"
        ? "A host with a private address must be one of those that whoever runs the platform has listed."
        : "Check the address.";
    throw new PlatformError("SOURCE_FAILED", `${url} is not called: ${error.message}.`, { hint, cause: error });
  }
}

async function secretOf(secrets: SecretSource, orgId: string, name: string): Promise<Secret> {
  // An organization's secret: no agent can have that name.
  const found = await secrets.value({ orgId, agentName: "" }, name);
  if (found !== undefined) return found;
  throw new PlatformError("SOURCE_FAILED", `The organization has no secret ${JSON.stringify(name)}.`, {
    hint: `Set it with \`a2a secrets set ${name}\`.`,
  });
}

type Secret = NonNullable<Awaited<ReturnType<SecretSource["value"]>>>;

/** A secret may say where it may be sent: whoever may deploy must not be able to send it elsewhere. */
function assertMayGo(
  { value, hosts }: Secret,
  { host, port }: ReturnType<typeof parseGitUrl>,
  source: GitSource,
): string {
  const target = { host: host.replace(/^\[|\]$/g, ""), port };
  if (hosts === undefined || new HostAllowlist(hosts, port).allows(target)) return value;
  throw new PlatformError("SOURCE_FAILED", `The secret ${source.credential ?? ""} is not for ${host}.`, {
    hint: `It is for ${hosts.join(", ")}.`,
  });
}

async function write(tree: SourceTree, folder: string): Promise<void> {
  try {
    await writeTree(tree, folder);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
