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
  readonly domain: string;
  readonly databaseUrl: string | undefined;
  /** The whole environment, for builds only: npm is found by PATH, the registry by npm's own settings. */
  readonly buildEnvironment: Readonly<Record<string, string | undefined>>;
}

const KNOWN = ["BERTH_HOME", "BERTH_HOST", "BERTH_PORT", "BERTH_DOMAIN", "BERTH_DATABASE_URL"] as const;
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
  const port = readPort(env["BERTH_PORT"], violations);
  const databaseUrl = readDatabaseUrl(env["BERTH_DATABASE_URL"], violations);
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
  return { home, host, port, domain, databaseUrl, buildEnvironment: env };
}

function readPort(text: string | undefined, violations: FieldViolation[]): number {
  if (text === undefined || text === "") return 4100;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  violations.push({ field: "BERTH_PORT", description: `"${text}" is not a port; use 0 to 65535, 0 picks a free one` });
  return 0;
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
