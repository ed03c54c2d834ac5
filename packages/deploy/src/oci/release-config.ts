import type { ImageConfig } from "./descriptors.ts";
import type { ReleaseImageOptions } from "./release-image-options.ts";
import { NO_TIME } from "./write-image.ts";

/** Nobody on the host; "nonroot" of the usual base images. */
export const IMAGE_USER = "65532:65532";
export const IMAGE_PORT = 8080;
/** Where the Node of a base lies. */
export const IMAGE_NODE = "/opt/node/bin/node";

interface Base {
  readonly digest: string;
  readonly name: string;
  readonly config: ImageConfig;
}

/** How it is started outside of the platform: it serves on PORT, on every address, as nobody. */
export function releaseConfig(options: ReleaseImageOptions, base: Base): NonNullable<ImageConfig["config"]> {
  const { program, entry } = options.release;
  const inherited = base.config.config ?? {};
  const labels = { ...inherited.Labels, ...labelsOf(options, base) };
  const isWhole = program?.mountsApp === false;
  return {
    User: isWhole ? unprivileged(inherited.User) : IMAGE_USER,
    Env: environmentOf({
      ...variables(inherited.Env),
      ...(program === undefined ? { NODE_ENV: "production" } : program.env),
      PORT: String(IMAGE_PORT),
      // A foreign image may mean something else by these.
      ...(isWhole ? {} : { HOST: "0.0.0.0", HOME: "/tmp" }),
    }),
    Entrypoint: program?.command ?? [IMAGE_NODE, entry],
    WorkingDir: program?.workdir ?? "/app",
    ExposedPorts: { ...inherited.ExposedPorts, [`${IMAGE_PORT}/tcp`]: {} },
    Labels: Object.fromEntries(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** image-spec 1.1, annotations.md: the pre-defined keys. */
export function labelsOf(options: ReleaseImageOptions, base?: Base): { readonly [name: string]: string } {
  const { release, agentName, source } = options;
  return {
    "org.opencontainers.image.title": agentName,
    "org.opencontainers.image.version": release.digest.slice("sha256:".length, "sha256:".length + 12),
    "org.opencontainers.image.created": NO_TIME,
    ...(source === undefined ? {} : { "org.opencontainers.image.source": source.uri }),
    ...(source?.revision === undefined ? {} : { "org.opencontainers.image.revision": source.revision }),
    ...(base === undefined ? {} : { "org.opencontainers.image.base.digest": base.digest }),
    ...(base === undefined || base.name === "" ? {} : { "org.opencontainers.image.base.name": base.name }),
    "dev.berth.agent": agentName,
    "dev.berth.release.digest": release.digest,
  };
}

/** What the image's author chose, except root. */
function unprivileged(user: string | undefined): string {
  return user === undefined || /^(?:root|0+)?(?::.*)?$/.test(user) ? IMAGE_USER : user;
}

function variables(env: readonly string[] = []): { readonly [name: string]: string } {
  return Object.fromEntries(
    env.flatMap((line) => {
      const at = line.indexOf("=");
      return at < 1 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
    }),
  );
}

function environmentOf(env: { readonly [name: string]: string }): readonly string[] {
  return Object.entries(env)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`);
}
