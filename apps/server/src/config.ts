import { resolve } from "node:path";
import type { AnchorPlaces } from "@berth/control";
import { PlatformError } from "@berth/protocol";
import type { FieldViolation, OrgRole } from "@berth/protocol";
import { readByteSize } from "./byte-size.ts";
import { readEngineSockets } from "./engine-sockets.ts";
import { readMetricsAccess } from "./metrics-access.ts";
import { readRuntimeMemory } from "./runtime-memory.ts";
import { readTelemetryRetention } from "./telemetry-retention.ts";
import { readTargetAccess } from "./target-access.ts";
import type { TargetAccess } from "./target-access.ts";
import { readWarmJails } from "./warm-jails.ts";
import { cacheFolderOf, expandHome } from "./user-folders.ts";

/** What the server reads from its environment, once. Names are fixed by design §11. */
export interface ServerConfig {
  /** Absolute. */
  readonly home: string;
  readonly host: string;
  /** 0 picks one. */
  readonly port: number;
  /** 0 picks one; undefined: no gRPC. */
  readonly grpcPort: number | undefined;
  readonly domain: string;
  /** Where the platform is reached from outside, without a trailing slash; undefined: where it listens. */
  readonly publicUrl: string | undefined;
  /** Another OpenID provider that signs people in. */
  readonly oidc: OidcConfig | undefined;
  /** Files in PEM; undefined: plain HTTP. */
  readonly tls: TlsFiles | undefined;
  readonly databaseUrl: string | undefined;
  /** SSE streams open at once, over all callers; undefined: the gateway's own bound. */
  readonly maxStreams: number | undefined;
  /** Calls per minute of one principal, from which the other rates follow; undefined: the platform's own. */
  readonly rateLimit: number | "off" | undefined;
  /** `host:port` or `host:*`: may be called although its address is private. */
  readonly outboundAllow: readonly string[];
  /** Where the log's checkpoints are anchored. The file is absolute. */
  readonly anchors: AnchorPlaces;
  /** An OpenAI-compatible endpoint for the vectors of memories, without `/embeddings`; undefined: made here. */
  readonly embeddings: { readonly url: string; readonly model: string; readonly key?: string } | undefined;
  /** Absolute; the default organization's workspace is this folder. Undefined: the platform keeps the files itself. */
  readonly workspaceFolder: string | undefined;
  /** Sockets of engines that may run containers; none: no containers. Undefined: where Docker and podman have theirs. */
  readonly engineSockets: readonly string[] | undefined;
  /** Of an organization's workspace, in bytes; undefined: the platform's own. */
  readonly workspaceQuota: number | undefined;
  /** Of an organization's images, in bytes; undefined: the platform's own. */
  readonly imageQuota: number | undefined;
  /** Of one layer or other blob of an image; undefined: the platform's own. */
  readonly maxBlobBytes: number | undefined;
  /** MiB that the limits of all agents' instances may come to; undefined: the runtime's own. */
  readonly runtimeMemoryMb: number | undefined;
  /** Who may read `/metrics`. */
  readonly metrics: "key" | "public";
  /** Jails that are up before an agent is asked for. */
  readonly warmJails: number;
  /** Of telemetry; what is absent is the platform's own. */
  readonly telemetry: { readonly days?: number; readonly maxBytes?: number };
  readonly targets: TargetAccess;
  /** 32 bytes each: the master key of secrets, then those it has replaced. Undefined: a file in `home`. */
  readonly secretsKeys: readonly Uint8Array[] | undefined;
  /** The whole environment, for builds only: npm is found by PATH, the registry by npm's own settings. */
  /** What homes of this user share and can make again. */
  readonly cacheFolder: string;
  readonly buildEnvironment: Readonly<Record<string, string | undefined>>;
}

export interface TlsFiles {
  /** With the chain. */
  readonly cert: string;
  readonly key: string;
  /** Authorities whose client certificates may be trusted. */
  readonly clientCa?: string;
}

/** As `UpstreamOptions` of the gateway. */
interface OidcConfig {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  readonly autoRole?: OrgRole;
}

/** A process has no more file descriptors than this on common systems. */
const MOST_STREAMS = 1_000_000;
const MOST_CALLS = 10_000_000;
const MOST_PORT = 65_535;
/** Whom nobody has added rules over nobody. */
const AUTO_ROLES = ["viewer", "invoker", "operator", "developer"] as const satisfies readonly OrgRole[];
const SECRETS_KEY_BYTES = 32;
const KNOWN = [
  "BERTH_HOME",
  "BERTH_HOST",
  "BERTH_PORT",
  "BERTH_GRPC_PORT",
  "BERTH_DOMAIN",
  "BERTH_PUBLIC_URL",
  "BERTH_OIDC_ISSUER",
  "BERTH_OIDC_CLIENT_ID",
  "BERTH_OIDC_CLIENT_SECRET",
  "BERTH_OIDC_AUTO_ROLE",
  "BERTH_TLS_CERT",
  "BERTH_TLS_KEY",
  "BERTH_TLS_CLIENT_CA",
  "BERTH_DATABASE_URL",
  "BERTH_MAX_STREAMS",
  "BERTH_WARM_JAILS",
  "BERTH_METRICS",
  "BERTH_TELEMETRY_DAYS",
  "BERTH_TELEMETRY_BYTES",
  "BERTH_RATE_LIMIT",
  "BERTH_OUTBOUND_ALLOW",
  "BERTH_ANCHOR_TSA",
  "BERTH_ANCHOR_FILE",
  "BERTH_ANCHOR_LOG",
  "BERTH_ANCHOR_LOG_KEY",
  "BERTH_ANCHOR_LOG_TOKEN",
  "BERTH_EMBEDDINGS_URL",
  "BERTH_EMBEDDINGS_MODEL",
  "BERTH_EMBEDDINGS_KEY",
  "BERTH_WORKSPACE_DIR",
  "BERTH_WORKSPACE_QUOTA",
  "BERTH_IMAGE_QUOTA",
  "BERTH_MAX_BLOB",
  "BERTH_CONTAINER_ENGINE",
  "BERTH_SECRETS_KEY",
  "BERTH_RUNTIME_MEMORY_MB",
  "BERTH_GOOGLE_API",
] as const;
/** Read by other programs of the house, or meant for later roles; not a mistake here. */
const NOT_OURS = new Set([
  "BERTH_URL",
  "BERTH_TOKEN",
  "BERTH_S3_URL",
  "BERTH_NATS_URL",
  "BERTH_ROLES",
  "BERTH_NODE_REEXEC",
]);

/** @throws CONFIG_INVALID with every problem at once. */
export function readServerConfig(env: Readonly<Record<string, string | undefined>>, cwd: string): ServerConfig {
  const violations: FieldViolation[] = [];
  for (const name of Object.keys(env)) {
    if (name.startsWith("BERTH_") && !NOT_OURS.has(name) && !(KNOWN as readonly string[]).includes(name)) {
      violations.push({ field: name, description: `unknown; known are ${KNOWN.join(", ")}` });
    }
  }
  const port = readPort("BERTH_PORT", env["BERTH_PORT"], violations) ?? 4100;
  const grpcPort = readGrpcPort(env["BERTH_GRPC_PORT"], port, violations);
  const databaseUrl = readDatabaseUrl(env["BERTH_DATABASE_URL"], violations);
  const maxStreams = readMaxStreams(env["BERTH_MAX_STREAMS"], violations);
  const warmJails = readWarmJails(env["BERTH_WARM_JAILS"], violations);
  const telemetry = readTelemetryRetention(env, violations);
  const metrics = readMetricsAccess(env["BERTH_METRICS"], violations);
  const rateLimit = readRateLimit(env["BERTH_RATE_LIMIT"], violations);
  const outboundAllow = readOutboundAllow(env["BERTH_OUTBOUND_ALLOW"], violations);
  const anchors = readAnchors(env, cwd, violations);
  const embeddings = readEmbeddings(env, violations);
  const tls = readTls(env, cwd, violations);
  const publicUrl = readPublicUrl(env["BERTH_PUBLIC_URL"], violations);
  const oidc = readOidc(env, violations);
  const secretsKeys = readSecretsKeys(env["BERTH_SECRETS_KEY"], violations);
  const runtimeMemoryMb = readRuntimeMemory(env["BERTH_RUNTIME_MEMORY_MB"], violations);
  const workspaceQuota = readByteSize("BERTH_WORKSPACE_QUOTA", env["BERTH_WORKSPACE_QUOTA"], violations);
  const imageQuota = readByteSize("BERTH_IMAGE_QUOTA", env["BERTH_IMAGE_QUOTA"], violations);
  const maxBlobBytes = readByteSize("BERTH_MAX_BLOB", env["BERTH_MAX_BLOB"], violations);
  const engineSockets = readEngineSockets(env["BERTH_CONTAINER_ENGINE"], violations);
  const targets = readTargetAccess(env, violations);
  const host = env["BERTH_HOST"] ?? "127.0.0.1";
  const domain = env["BERTH_DOMAIN"] ?? "localhost";
  if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(domain)) {
    violations.push({ field: "BERTH_DOMAIN", description: "must be a host name such as agents.example.com" });
  }
  const [first] = violations;
  if (first !== undefined) {
    const all = violations.map(({ field, description }) => `${field}: ${description}`).join("; ");
    throw new PlatformError("CONFIG_INVALID", all, { violations });
  }
  const workspaceDir = env["BERTH_WORKSPACE_DIR"] ?? "";
  const workspaceFolder = workspaceDir === "" ? undefined : resolve(cwd, expandHome(workspaceDir));
  const home = resolve(cwd, expandHome(env["BERTH_HOME"] ?? ".berth"));
  return {
    home,
    host,
    port,
    grpcPort,
    domain,
    publicUrl,
    oidc,
    tls,
    databaseUrl,
    maxStreams,
    warmJails,
    metrics,
    telemetry,
    rateLimit,
    outboundAllow,
    anchors,
    embeddings,
    workspaceFolder,
    workspaceQuota,
    imageQuota,
    maxBlobBytes,
    runtimeMemoryMb,
    engineSockets,
    targets,
    secretsKeys,
    buildEnvironment: env,
    cacheFolder: cacheFolderOf(env),
  };
}

function readPort(field: string, text: string | undefined, violations: FieldViolation[]): number | undefined {
  if (text === undefined || text === "") return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= MOST_PORT) return port;
  violations.push({ field, description: `"${text}" is not a port; use 0 to ${MOST_PORT}, 0 picks a free one` });
  return 0;
}

/** By default the next one, so that a second platform at another port does not ask for the same twice. */
function readGrpcPort(text: string | undefined, port: number, violations: FieldViolation[]): number | undefined {
  if (text === "off") return undefined;
  const next = port === 0 || port === MOST_PORT ? 0 : port + 1;
  return readPort("BERTH_GRPC_PORT", text, violations) ?? next;
}

function readMaxStreams(text: string | undefined, violations: FieldViolation[]): number | undefined {
  if (text === undefined || text === "") return undefined;
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= MOST_STREAMS) return count;
  violations.push({ field: "BERTH_MAX_STREAMS", description: `"${text}" is not a number from 1 to ${MOST_STREAMS}` });
  return undefined;
}

function readPublicUrl(text: string | undefined, violations: FieldViolation[]): string | undefined {
  if (text === undefined || text === "") return undefined;
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol) && url.pathname === "/" && url.search === "") return url.origin;
  violations.push({
    field: "BERTH_PUBLIC_URL",
    description: "must look like https://berth.example.com, without a path",
  });
  return undefined;
}

function readOidc(
  env: Readonly<Record<string, string | undefined>>,
  violations: FieldViolation[],
): OidcConfig | undefined {
  const textOf = (name: string): string | undefined => (env[name] === "" ? undefined : env[name]);
  const [issuer, clientId] = [textOf("BERTH_OIDC_ISSUER"), textOf("BERTH_OIDC_CLIENT_ID")];
  const [clientSecret, role] = [textOf("BERTH_OIDC_CLIENT_SECRET"), textOf("BERTH_OIDC_AUTO_ROLE")];
  if (issuer === undefined && clientId === undefined && clientSecret === undefined && role === undefined)
    return undefined;
  const url = URL.parse(issuer ?? "");
  if (url === null || !/^https?:$/.test(url.protocol)) {
    violations.push({
      field: "BERTH_OIDC_ISSUER",
      description: "must be the provider's issuer, such as https://accounts.google.com",
    });
  }
  if (clientId === undefined) violations.push({ field: "BERTH_OIDC_CLIENT_ID", description: "must be set too" });
  const autoRole = AUTO_ROLES.find((each) => each === role);
  if (role !== undefined && autoRole === undefined) {
    violations.push({ field: "BERTH_OIDC_AUTO_ROLE", description: `must be one of ${AUTO_ROLES.join(", ")}` });
  }
  if (issuer === undefined || clientId === undefined) return undefined;
  return {
    issuer,
    clientId,
    ...(clientSecret === undefined ? {} : { clientSecret }),
    ...(autoRole === undefined ? {} : { autoRole }),
  };
}

function readTls(
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
  violations: FieldViolation[],
): TlsFiles | undefined {
  const pathOf = (name: string): string | undefined => {
    const text = env[name];
    return text === undefined || text === "" ? undefined : resolve(cwd, expandHome(text));
  };
  const [cert, key, clientCa] = ["BERTH_TLS_CERT", "BERTH_TLS_KEY", "BERTH_TLS_CLIENT_CA"].map(pathOf);
  if (cert !== undefined && key !== undefined) return { cert, key, ...(clientCa === undefined ? {} : { clientCa }) };
  if (cert === undefined && key === undefined && clientCa === undefined) return undefined;
  const field = cert === undefined ? "BERTH_TLS_CERT" : "BERTH_TLS_KEY";
  violations.push({ field, description: "must be set too: TLS needs a certificate and its key" });
  return undefined;
}

function readRateLimit(text: string | undefined, violations: FieldViolation[]): number | "off" | undefined {
  if (text === undefined || text === "") return undefined;
  if (text === "off") return "off";
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= MOST_CALLS) return count;
  violations.push({
    field: "BERTH_RATE_LIMIT",
    description: `"${text}" is neither off nor a number from 1 to ${MOST_CALLS}`,
  });
  return undefined;
}

function readOutboundAllow(text: string | undefined, violations: FieldViolation[]): readonly string[] {
  const entries = (text ?? "").split(",").flatMap((entry) => entry.trim() || []);
  const wrong = entries.filter((entry) => {
    const [, port] = /^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\]):(\d{1,5}|\*)$/i.exec(entry) ?? [];
    return port === undefined || (port !== "*" && (Number(port) < 1 || Number(port) > MOST_PORT));
  });
  if (wrong.length === 0) return entries;
  violations.push({
    field: "BERTH_OUTBOUND_ALLOW",
    description: `"${wrong.join(", ")}" must be host:port or host:*, separated by commas`,
  });
  return [];
}

function readAnchors(
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
  violations: FieldViolation[],
): ServerConfig["anchors"] {
  const [timeStampUrl, file] = [env["BERTH_ANCHOR_TSA"] ?? "", env["BERTH_ANCHOR_FILE"] ?? ""];
  if (timeStampUrl !== "" && !/^https?:$/.test(URL.parse(timeStampUrl)?.protocol ?? "")) {
    violations.push({
      field: "BERTH_ANCHOR_TSA",
      description: "must be an address such as https://tsa.example.com/tsr",
    });
  }
  const log = readAnchorLog(env, violations);
  return {
    ...(timeStampUrl === "" ? {} : { timeStampUrl }),
    ...(file === "" ? {} : { file: resolve(cwd, expandHome(file)) }),
    ...(log === undefined ? {} : { log }),
  };
}

function readAnchorLog(
  env: Readonly<Record<string, string | undefined>>,
  violations: FieldViolation[],
): AnchorPlaces["log"] | undefined {
  const names = ["BERTH_ANCHOR_LOG", "BERTH_ANCHOR_LOG_KEY", "BERTH_ANCHOR_LOG_TOKEN"] as const;
  const [url = "", vkey = "", token = ""] = names.map((name) => env[name] ?? "");
  if (url === "" && vkey === "" && token === "") return undefined;
  const missing = names.filter((name) => (env[name] ?? "") === "");
  violations.push(...missing.map((field) => ({ field, description: `must be set too: ${names.join(", ")}` })));
  if (url !== "" && !/^https?:$/.test(URL.parse(url)?.protocol ?? "")) {
    violations.push({ field: "BERTH_ANCHOR_LOG", description: "must be an address such as https://other.example" });
  }
  if (vkey !== "" && !/^[^+\s]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]+={0,2}$/.test(vkey)) {
    violations.push({ field: "BERTH_ANCHOR_LOG_KEY", description: "must be the `vkey` of its /ledger/keys" });
  }
  return { url, vkey, token };
}

/** What it holds is never said, not even when it is wrong. */
function readSecretsKeys(text: string | undefined, violations: FieldViolation[]): readonly Uint8Array[] | undefined {
  if (text === undefined || text === "") return undefined;
  const keys = text.split(",").map((part) => Buffer.from(part.trim(), "base64"));
  if (keys.every((key) => key.length === SECRETS_KEY_BYTES)) return keys;
  violations.push({
    field: "BERTH_SECRETS_KEY",
    description:
      "must be 32 bytes in base64, as `openssl rand -base64 32` makes them; after a comma the keys it replaced",
  });
  return undefined;
}

function readDatabaseUrl(text: string | undefined, violations: FieldViolation[]): string | undefined {
  if (text === undefined || text === "") return undefined;
  const url = URL.parse(text);
  if (url?.protocol === "postgres:" || url?.protocol === "postgresql:") return text;
  violations.push({
    field: "BERTH_DATABASE_URL",
    description: "must look like postgres://user:password@host:5432/database",
  });
  return undefined;
}

function readEmbeddings(
  env: Readonly<Record<string, string | undefined>>,
  violations: FieldViolation[],
): ServerConfig["embeddings"] {
  const textOf = (name: string): string | undefined => (env[name] === "" ? undefined : env[name]);
  const [url, model] = [textOf("BERTH_EMBEDDINGS_URL"), textOf("BERTH_EMBEDDINGS_MODEL")];
  const key = textOf("BERTH_EMBEDDINGS_KEY");
  if (url === undefined && model === undefined && key === undefined) return undefined;
  const parsed = URL.parse(url ?? "");
  if (parsed === null || !/^https?:$/.test(parsed.protocol) || parsed.search !== "" || parsed.hash !== "") {
    violations.push({ field: "BERTH_EMBEDDINGS_URL", description: "must look like https://api.openai.com/v1" });
  }
  if (model === undefined) violations.push({ field: "BERTH_EMBEDDINGS_MODEL", description: "must be set too" });
  if (url === undefined || model === undefined) return undefined;
  return { url: url.replace(/\/+$/, ""), model, ...(key === undefined ? {} : { key }) };
}
