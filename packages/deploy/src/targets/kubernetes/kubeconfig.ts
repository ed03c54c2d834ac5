import { PlatformError } from "@berth/protocol";
import { parse } from "yaml";

/** How a cluster is reached: what of a kubeconfig's current context is used. */
export interface ClusterAccess {
  /** `https://…`, without a trailing slash. */
  readonly server: string;
  /** PEM; absent: the public authorities. */
  readonly ca?: string;
  readonly token?: string;
  /** PEM, both or neither. */
  readonly cert?: string;
  readonly key?: string;
}

const MAX_BYTES = 256 * 1024;
const FLATTEN = "`kubectl config view --minify --flatten` prints one that can be kept.";

/**
 * A kubeconfig that stands for itself: its files are in it, and it starts no programs. @throws CONFIG_INVALID saying what to
 * do instead
 */
export function parseKubeconfig(text: string): ClusterAccess {
  const config = read(text);
  const current = config["current-context"];
  const context = recordIn(named(config, "contexts", current), "context", `context ${String(current)}`);
  const cluster = recordIn(named(config, "clusters", context["cluster"]), "cluster", "cluster");
  const user = recordIn(named(config, "users", context["user"]), "user", "user");
  if (cluster["insecure-skip-tls-verify"] === true) {
    throw invalid("it does not check the server's certificate", "Put certificate-authority-data into it instead.");
  }
  for (const key of ["certificate-authority", "client-certificate", "client-key", "tokenFile"]) {
    if (key in cluster || key in user) throw invalid(`${key} names a file of another machine`, FLATTEN);
  }
  for (const key of ["exec", "auth-provider", "username", "password"]) {
    if (!(key in user)) continue;
    const hint = "Use a service account's token: `kubectl create token berth --duration=8760h`.";
    throw invalid(`it signs in by ${key}, which does not work here`, hint);
  }
  const { server } = cluster;
  const url = typeof server === "string" ? URL.parse(server) : null;
  if (url === null || url.protocol !== "https:") throw invalid("its server is no https:// address", FLATTEN);
  const { token } = user;
  const access = {
    ca: decoded(cluster, "certificate-authority-data"),
    cert: decoded(user, "client-certificate-data"),
    key: decoded(user, "client-key-data"),
    token: typeof token === "string" && token !== "" ? token : undefined,
  };
  if (access.token === undefined && (access.cert === undefined || access.key === undefined)) {
    throw invalid("its user has neither a token nor a certificate with its key", FLATTEN);
  }
  const known = Object.fromEntries(Object.entries(access).filter(([, value]) => value !== undefined));
  return { server: url.href.replace(/\/+$/, ""), ...known };
}

type Yaml = { readonly [key: string]: unknown };

function read(text: string): Yaml {
  if (text.length > MAX_BYTES) throw invalid("it is larger than 256 KiB", FLATTEN);
  try {
    // Without aliases: a small file could stand for a very large one.
    const value: unknown = parse(text, { maxAliasCount: 0, schema: "core" });
    if (isRecord(value)) return value;
  } catch (error) {
    throw invalid(
      `it is not YAML (${error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)})`,
      FLATTEN,
    );
  }
  throw invalid("it is not a kubeconfig", FLATTEN);
}

function named(config: Yaml, list: string, name: unknown): Yaml {
  const entries = config[list];
  const found: unknown = Array.isArray(entries)
    ? entries.find((entry) => isRecord(entry) && entry["name"] === name)
    : undefined;
  if (isRecord(found)) return found;
  throw invalid(`${list} has no ${JSON.stringify(name)}`, FLATTEN);
}

function recordIn(entry: Yaml, key: string, what: string): Yaml {
  const value = entry[key];
  if (isRecord(value)) return value;
  throw invalid(`its ${what} is empty`, FLATTEN);
}

function decoded(from: Yaml, key: string): string | undefined {
  const value = from[key];
  return typeof value === "string" ? Buffer.from(value, "base64").toString("utf8") : undefined;
}

function isRecord(value: unknown): value is Yaml {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(problem: string, hint: string): PlatformError {
  return new PlatformError("CONFIG_INVALID", `The kubeconfig cannot be used: ${problem}.`, { hint });
}
