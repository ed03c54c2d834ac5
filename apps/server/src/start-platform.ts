import { createServer } from "node:net";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { consoleFiles } from "@berth/console";
import {
  DEFAULT_IMAGE_LIMITS,
  DEFAULT_WORKSPACE_LIMITS,
  createThreadedReceiptBuilder,
  defaultRates,
  loadGrantKeys,
  loadOAuthKey,
  loadReceiptKeys,
  loadSigningKeys,
  openControl,
} from "@berth/control";
import type { ImageLimits, RunningControl, WorkspaceLimits } from "@berth/control";
import { createGateway, createOAuthServer, loadGrpc } from "@berth/gateway";
import type { Gateway } from "@berth/gateway";
import { PlatformError, createIdGenerator } from "@berth/protocol";
import {
  createOutboundHttp,
  createProcessDriver,
  createRuntime,
  createUnconfinedDriver,
  createContainerDriver,
  createWasmDriver,
  releasesFolder,
  rootfsFolder,
} from "@berth/runtime";
import type { EgressNetwork, SandboxCapabilities } from "@berth/runtime";
import { lockHome, openEmbeddedPostgres } from "@berth/store/embedded";
import { FileBlobStore, FileLayerStore } from "@berth/store/files";
import { openPostgresStore } from "@berth/store/postgres";
import type { Store } from "@berth/store";
import { ensureAdminKey } from "./admin-key.ts";
import type { ServerConfig } from "./config.ts";
import { randomBytes } from "./random-bytes.ts";
import { readTls } from "./read-tls.ts";
import { loadOrCreateSecret } from "./secret-files.ts";
import { loadSecretsKeys } from "./secrets-keys.ts";
import { VERSION } from "./version.ts";
import { openWorkspaceFolder } from "./workspace-folder.ts";

/** How long a stop waits for running calls before it ends them. */
const GRACE_MS = 10_000;

export interface Platform {
  readonly url: string;
  /** `host:port`; undefined when it is off. */
  readonly grpcAddress: string | undefined;
  /** The administrator's API key. */
  readonly token: string;
  readonly home: string;
  readonly control: RunningControl;
  readonly sandbox: readonly SandboxCapabilities[];
  /** One sign-in for a browser. */
  createSignIn(): Promise<string>;
  /** Drains, then closes everything in the reverse order of opening. Twice is harmless. */
  stop(): Promise<void>;
}

/** What a test or a benchmark replaces. */
export interface PlatformParts {
  /** Stands between the use cases and the store. */
  readonly wrapStore?: (store: Store) => Store;
  /** How agents' egress proxies resolve and connect. */
  readonly network?: EgressNetwork;
}

/**
 * Opens, in this order: the port (so that a taken one is found before anything is touched), the home and its lock, the
 * database, the runtime, the use cases, the gateway. A failure closes what was opened.
 */
export async function startPlatform(
  config: ServerConfig,
  log: (line: string) => void,
  parts: PlatformParts = {},
): Promise<Platform> {
  await using opened = new AsyncDisposableStack();
  await assertPortFree(config.host, config.port, "BERTH_PORT");
  await assertPortFree(config.host, config.grpcPort ?? 0, "BERTH_GRPC_PORT");
  const { home } = config;
  const tls = config.tls === undefined ? undefined : await readTls(config.tls);
  const lock = lockHome(home);
  opened.defer(() => lock.release());
  const keysFolder = join(home, "keys");
  await mkdir(keysFolder, { recursive: true, mode: 0o700 });

  const now = (): Date => new Date();
  const ids = createIdGenerator({ now: Date.now, randomBytes });
  // Loads while the database starts; if it cannot be loaded, `listenGrpc` says so.
  if (config.grpcPort !== undefined) void loadGrpc().catch(() => undefined);
  const { wrapStore = (store: Store) => store, ...driverParts } = parts;
  const { store: inner, kind } = await openStore(config, opened, log);
  const store = wrapStore(inner);

  const warmJails = { count: config.warmJails };
  const jails = createProcessDriver({ home, log, warmJails, compileCache: true, ...driverParts });
  const bare = createUnconfinedDriver({ home, log });
  // The last closes first: its agents run in the jails of the first.
  const wasm = createWasmDriver({ home, jails, bare, log, ...driverParts });
  const engine = config.engineSockets === undefined ? {} : { sockets: config.engineSockets };
  const containers = createContainerDriver({ home, log, ...engine, ...driverParts });
  const drivers = [jails, bare, containers, wasm];
  for (const driver of drivers) {
    opened.defer(async () => await driver.close());
  }
  const outbound = createOutboundHttp({ allowHosts: config.outboundAllow });
  opened.defer(async () => await outbound.close());
  const { hosts, ...targets } = config.targets;
  const targetOutbound = createOutboundHttp({ allowHosts: [...config.outboundAllow, ...hosts] });
  opened.defer(async () => await targetOutbound.close());
  const runtime = createRuntime({
    drivers,
    now: Date.now,
    newInstanceId: () => ids("instance"),
    outbound,
    log,
    ...(config.runtimeMemoryMb === undefined ? {} : { memoryMb: config.runtimeMemoryMb }),
  });
  opened.defer(async () => await runtime.close(GRACE_MS));

  const receiptKeys = await loadReceiptKeys(keysFolder);
  const receiptBuilder = createThreadedReceiptBuilder(keysFolder);
  opened.defer(async () => await receiptBuilder.close());
  const workspaceFolder =
    config.workspaceFolder === undefined ? undefined : openWorkspaceFolder(config.workspaceFolder, home);
  opened.defer(() => workspaceFolder?.close());

  const secretsKeys = await loadSecretsKeys(keysFolder, config.secretsKeys);
  const releases = releasesFolder(home);
  let url = "";
  const serving = Promise.withResolvers<void>();
  const baseUrl = (): string => config.publicUrl ?? url;
  const control = await openControl({
    store,
    storeKind: kind,
    blobs: new FileBlobStore(join(home, "blobs")),
    layers: new FileLayerStore(join(home, "images")),
    imageLimits: imageLimitsOf(config),
    rootfsFolder: (digest) => rootfsFolder(home, digest),
    version: VERSION,
    runtime,
    outbound,
    targetOutbound,
    ...targets,
    anchors: config.anchors,
    telemetry: config.telemetry,
    ...(config.embeddings === undefined ? {} : { embeddings: config.embeddings }),
    receiptKeys,
    receiptBuilder,
    signingKeys: await loadSigningKeys(keysFolder),
    grantKeys: await loadGrantKeys(keysFolder, now),
    ledgerOrigin: `${config.domain}/ledger/1`,
    domain: config.domain,
    publicUrl: baseUrl,
    serving: serving.promise,
    pepper: await loadOrCreateSecret(keysFolder, "api-key-pepper", 32),
    secretsKey: secretsKeys.current,
    earlierSecretsKeys: secretsKeys.earlier,
    rates: config.rateLimit === "off" ? "off" : defaultRates(config.rateLimit),
    releasesFolder: releases,
    workFolder: join(releases, "..", "work"),
    npmCacheFolder: join(home, "npm-cache"),
    buildEnvironment: config.buildEnvironment,
    baseCacheFolder: join(config.cacheFolder, "bases"),
    ids,
    now,
    randomBytes,
    ...(workspaceFolder === undefined ? {} : { workspaceFolder }),
    workspaceLimits: workspaceLimitsOf(config),
    log,
  });
  opened.defer(async () => await control.close(GRACE_MS));
  const token = await ensureAdminKey(home, control.auth);

  const oauth = createOAuthServer({
    control,
    baseUrl,
    outbound,
    key: await loadOAuthKey(join(keysFolder, "oauth-signing.pem")),
    secret: await loadOrCreateSecret(keysFolder, "oauth-cookies", 32),
    ...(config.oidc === undefined ? {} : { upstream: config.oidc }),
  });
  const gateway = createGateway({
    control,
    oauth,
    log,
    ids,
    baseUrl,
    domain: config.domain,
    ...(config.publicUrl === undefined ? {} : { allowedHosts: [new URL(config.publicUrl).hostname] }),
    version: VERSION,
    secret: await loadOrCreateSecret(keysFolder, "mcp-seal", 32),
    console: consoleFiles(),
    offer: { pushNotifications: true },
    publicMetrics: config.metrics === "public",
    ...(tls === undefined ? {} : { tls }),
    ...(config.maxStreams === undefined ? {} : { limits: { maxStreams: config.maxStreams } }),
  });
  opened.defer(async () => await gateway.close(GRACE_MS));
  const { port } = await gateway.listen(config.port, config.host);
  url = `${tls === undefined ? "http" : "https"}://${reachableHost(config.host)}:${port}`;
  serving.resolve();
  const [grpcAddress, sandbox] = await Promise.all([listenGrpc(gateway, config), runtime.capabilities()]);

  const resources = opened.move();
  let stopping: Promise<void> | undefined;
  return {
    url,
    grpcAddress,
    token,
    home,
    control,
    sandbox,
    async createSignIn(): Promise<string> {
      return control.auth.createSignIn(await control.auth.authenticate(token));
    },
    async stop(): Promise<void> {
      stopping ??= resources.disposeAsync();
      await stopping;
    },
  };
}

function workspaceLimitsOf({ workspaceQuota: bytes }: ServerConfig): WorkspaceLimits {
  const { quota, ...rest } = DEFAULT_WORKSPACE_LIMITS;
  return { ...rest, quota: bytes === undefined ? quota : { ...quota, bytes } };
}

function imageLimitsOf({ imageQuota: bytes, maxBlobBytes }: ServerConfig): Partial<ImageLimits> {
  return {
    ...(bytes === undefined ? {} : { quota: { ...DEFAULT_IMAGE_LIMITS.quota, bytes } }),
    ...(maxBlobBytes === undefined ? {} : { maxBlobBytes }),
  };
}

async function listenGrpc(gateway: Gateway, { grpcPort, host }: ServerConfig): Promise<string | undefined> {
  if (grpcPort === undefined) return undefined;
  const { port } = await gateway.listenGrpc(grpcPort, host);
  return `${reachableHost(host)}:${port}`;
}

/** An address one can call: a wildcard is none. */
function reachableHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}

async function openStore(
  config: ServerConfig,
  opened: AsyncDisposableStack,
  log: (line: string) => void,
): Promise<{ readonly store: Store; readonly kind: string }> {
  if (config.databaseUrl !== undefined) {
    const store = await openPostgresStore({ connection: config.databaseUrl });
    opened.defer(async () => await store.close());
    return { store, kind: "postgresql" };
  }
  const embedded = await openEmbeddedPostgres({ home: config.home, log });
  opened.defer(async () => await embedded.close());
  const store = await openPostgresStore({ connection: embedded.connection });
  opened.defer(async () => await store.close());
  return { store, kind: "embedded postgresql" };
}

type PortSetting = "BERTH_PORT" | "BERTH_GRPC_PORT";

async function assertPortFree(host: string, port: number, setting: PortSetting): Promise<void> {
  if (port === 0) return;
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", (cause: Error & { code?: string }) => reject(portError(host, port, { setting, cause })));
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve()));
  });
}

function portError(
  host: string,
  port: number,
  { setting, cause }: { readonly setting: PortSetting; readonly cause: Error & { readonly code?: string } },
): PlatformError {
  const example = setting === "BERTH_PORT" ? "BERTH_PORT=4200" : "BERTH_GRPC_PORT=4201";
  if (cause.code === "EADDRINUSE") {
    return new PlatformError("CONFIG_INVALID", `Port ${port} on ${host} is taken.`, {
      cause,
      hint: `Stop the other program, or choose another port: ${example} (0 picks a free one).`,
    });
  }
  return new PlatformError("CONFIG_INVALID", `Cannot listen on ${host}:${port}: ${cause.message}.`, {
    cause,
    hint: `Choose another port: ${example}.`,
  });
}
