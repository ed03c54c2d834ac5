import { homedir } from "node:os";
import { resolve } from "node:path";
import { PlatformError } from "@berth/protocol";
import type { FieldViolation } from "@berth/protocol";

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
  readonly databaseUrl: string | undefined;
  /** SSE streams open at once, over all callers; undefined: the gateway's own bound. */
  readonly maxStreams: number | undefined;
  /** `host:port` or `host:*`: may be called although its address is private. */
  readonly outboundAllow: readonly string[];
  /** The whole environment, for builds only: npm is found by PATH, the registry by npm's own settings. */
  readonly buildEnvironment: Readonly<Record<string, string | undefined>>;
}

/** A process has no more file descriptors than this on common systems. */
const MOST_STREAMS = 1_000_000;
const MOST_PORT = 65_535;
const KNOWN = [
  "BERTH_HOME",
  "BERTH_HOST",
  "BERTH_PORT",
  "BERTH_GRPC_PORT",
  "BERTH_DOMAIN",
  "BERTH_DATABASE_URL",
  "BERTH_MAX_STREAMS",
  "BERTH_OUTBOUND_ALLOW",
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
  const outboundAllow = readOutboundAllow(env["BERTH_OUTBOUND_ALLOW"], violations);
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
  const home = resolve(cwd, expandHome(env["BERTH_HOME"] ?? ".berth"));
  return { home, host, port, grpcPort, domain, databaseUrl, maxStreams, outboundAllow, buildEnvironment: env };
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

function expandHome(path: string): string {
  return path === "~" || path.startsWith("~/") ? homedir() + path.slice(1) : path;
}
