import { PlatformError } from "@berth/protocol";
import { isDigest } from "../digest.ts";

/** Where an image is: a registry, a repository in it, and a tag, a digest or both; the digest counts. */
export interface ImageReference {
  /** As it is written, with its port: `docker.io`, `localhost:5000`, `[::1]:5000`. */
  readonly host: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

const DOCKER_HUB = "docker.io";
const HUB_NAMES: ReadonlySet<string> = new Set(["index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"]);
const HUB_API = "registry-1.docker.io";
const MAX_NAME = 255;
// distribution-spec 1.1, "Pulling manifests".
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const HOST = /^(?:\[[0-9a-fA-F:.]{2,45}\]|[a-zA-Z0-9](?:[a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?)(?::\d{1,5})?$/;

/** `host[:port]/name[:tag][@digest]`. Without a host it is Docker Hub's; without tag and digest, `latest`. @throws INVALID_PARAMS */
export function parseImageReference(text: string): ImageReference {
  const wrong = (why: string): PlatformError =>
    new PlatformError("INVALID_PARAMS", `The image ${JSON.stringify(text.slice(0, 300))} ${why}.`, {
      hint: "Write it as registry.example:5000/team/name:tag or with @sha256:….",
    });
  if (text.length > 1_000) throw wrong("has too long a name");
  const [named = "", digest, ...more] = text.split("@");
  if (more.length > 0 || (digest !== undefined && !isDigest(digest))) throw wrong("has a digest that is none");
  const { host, rest } = splitHost(named);
  if (!HOST.test(host)) throw wrong("has no valid registry in its name");
  const port = Number(/:(\d+)$/.exec(host)?.[1] ?? 1);
  if (port < 1 || port > 65_535) throw wrong("has a port that is none");
  const at = rest.lastIndexOf(":");
  const [path, tag] = at === -1 ? [rest, undefined] : [rest.slice(0, at), rest.slice(at + 1)];
  if (tag !== undefined && !TAG.test(tag)) throw wrong("has a tag that is none");
  const repository = host === DOCKER_HUB && !path.includes("/") ? `library/${path}` : path;
  if (!isRepositoryName(repository)) throw wrong("has a name that is none; lower case, digits and . _ - are allowed");
  const usedTag = tag ?? (digest === undefined ? "latest" : undefined);
  return {
    host,
    repository,
    ...(usedTag === undefined ? {} : { tag: usedTag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

export function formatImageReference({ host, repository, tag, digest }: ImageReference): string {
  return `${host}/${repository}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

/** Where the registry's API is: Docker Hub's is not where its images are. */
export function registryHost({ host }: Pick<ImageReference, "host">): string {
  return host === DOCKER_HUB ? HUB_API : host;
}

export function isRepositoryName(name: string): boolean {
  return name.length <= MAX_NAME && name.split("/").every((part) => COMPONENT.test(part));
}

export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** What is before the first slash is a registry when no repository could be called so. */
function splitHost(named: string): { readonly host: string; readonly rest: string } {
  const at = named.indexOf("/");
  const first = at === -1 ? "" : named.slice(0, at);
  const isHost = first === "localhost" || /[.:[\]A-Z]/.test(first);
  if (!isHost) return { host: DOCKER_HUB, rest: named };
  const host = HUB_NAMES.has(first) ? DOCKER_HUB : first;
  return { host, rest: named.slice(at + 1) };
}
