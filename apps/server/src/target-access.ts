import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ClusterAccess } from "@berth/deploy/targets";
import type { FieldViolation } from "@berth/protocol";

/** How the platform reaches the places beyond it that it deploys to. */
export interface TargetAccess {
  /** Without a trailing slash; undefined: Google's own hosts. */
  readonly googleEndpoint?: string;
  /** The cluster that the platform runs in; undefined: it runs in none. Asked again each time. */
  readonly cluster?: () => Promise<ClusterAccess>;
  /** `host:port` of both: they may be private addresses, to targets and to nothing else. */
  readonly hosts: readonly string[];
}

const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** BERTH_GOOGLE_API, and what Kubernetes tells every pod. */
export function readTargetAccess(
  env: Readonly<Record<string, string | undefined>>,
  violations: FieldViolation[],
  folder: string = SERVICE_ACCOUNT,
): TargetAccess {
  const google = readGoogleEndpoint(env["BERTH_GOOGLE_API"], violations);
  const server = clusterServer(env);
  return {
    ...(google === undefined ? {} : { googleEndpoint: google.href.replace(/\/+$/, "") }),
    ...(server === undefined ? {} : { cluster: async () => await readAccess(server, folder) }),
    hosts: [google, server].flatMap((url) => (url === undefined ? [] : hostAndPort(url))),
  };
}

function readGoogleEndpoint(text: string | undefined, violations: FieldViolation[]): URL | undefined {
  if (text === undefined || text === "") return undefined;
  const url = URL.parse(text);
  const isPlain = url?.search === "" && url.hash === "" && url.username === "" && url.password === "";
  if (url !== null && isPlain && url.pathname === "/" && /^https?:$/.test(url.protocol)) return url;
  const description = "must be an address such as https://googleapis.internal.example, without a path";
  violations.push({ field: "BERTH_GOOGLE_API", description });
  return undefined;
}

function clusterServer(env: Readonly<Record<string, string | undefined>>): URL | undefined {
  const host = env["KUBERNETES_SERVICE_HOST"] ?? "";
  if (host === "") return undefined;
  const port = env["KUBERNETES_SERVICE_PORT_HTTPS"] ?? env["KUBERNETES_SERVICE_PORT"] ?? "443";
  return URL.parse(`https://${host.includes(":") ? `[${host}]` : host}:${port}`) ?? undefined;
}

/** Kubernetes replaces the token about every hour. */
async function readAccess(server: URL, folder: string): Promise<ClusterAccess> {
  const [ca, token] = await Promise.all([
    readFile(join(folder, "ca.crt"), "utf8"),
    readFile(join(folder, "token"), "utf8"),
  ]);
  return { server: server.origin, ca, token: token.trim() };
}

function hostAndPort({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port === "" ? (protocol === "http:" ? 80 : 443) : port}`;
}
