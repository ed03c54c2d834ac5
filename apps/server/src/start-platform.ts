import { createServer } from "node:net";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { consoleFiles } from "@berth/console";
import { loadReceiptKeys, openControl } from "@berth/control";
import type { RunningControl } from "@berth/control";
import { createGateway } from "@berth/gateway";
import { PlatformError, createIdGenerator } from "@berth/protocol";
import { createProcessDriver, createRuntime, createUnconfinedDriver, releasesFolder } from "@berth/runtime";
import type { SandboxCapabilities } from "@berth/runtime";
import { lockHome, openEmbeddedPostgres } from "@berth/store/embedded";
import { openPostgresStore } from "@berth/store/postgres";
import type { Store } from "@berth/store";
import { ensureAdminKey } from "./admin-key.ts";
import type { ServerConfig } from "./config.ts";
import { randomBytes } from "./random-bytes.ts";
import { loadOrCreateSecret } from "./secret-files.ts";
import { VERSION } from "./version.ts";

/** How long a stop waits for running calls before it ends them. */
const GRACE_MS = 10_000;

export interface Platform {
  readonly url: string;
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

/**
 * Opens, in this order: the port (so that a taken one is found before anything is touched), the home and its lock, the
 * database, the runtime, the use cases, the gateway. A failure closes what was opened.
 */
export async function startPlatform(config: ServerConfig, log: (line: string) => void): Promise<Platform> {
  await using opened = new AsyncDisposableStack();
  await assertPortFree(config.host, config.port);
  const { home } = config;
  const lock = lockHome(home);
  opened.defer(() => lock.release());
  const keysFolder = join(home, "keys");
  await mkdir(keysFolder, { recursive: true, mode: 0o700 });

  const now = (): Date => new Date();
  const ids = createIdGenerator({ now: Date.now, randomBytes });
  const { store, kind } = await openStore(config, opened, log);

  const drivers = [createProcessDriver({ home, log }), createUnconfinedDriver({ home, log })];
  for (const driver of drivers) {
    opened.defer(async () => await driver.close());
  }
  const runtime = createRuntime({ drivers, now: Date.now, newInstanceId: () => ids("instance"), log });
  opened.defer(async () => await runtime.close(GRACE_MS));

  const releases = releasesFolder(home);
  const control = await openControl({
    store,
    storeKind: kind,
    runtime,
    receiptKeys: await loadReceiptKeys(keysFolder),
    ledgerOrigin: `${config.domain}/ledger/1`,
    pepper: await loadOrCreateSecret(keysFolder, "api-key-pepper", 32),
    releasesFolder: releases,
    workFolder: join(releases, "..", "work"),
    npmCacheFolder: join(home, "npm-cache"),
    buildEnvironment: config.buildEnvironment,
    ids,
    now,
    randomBytes,
    log,
  });
  opened.defer(async () => await control.close(GRACE_MS));
  const token = await ensureAdminKey(home, control.auth);

  let url = "";
  const gateway = createGateway({
    control,
    log,
    ids,
    baseUrl: () => url,
    domain: config.domain,
    version: VERSION,
    console: consoleFiles(),
  });
  opened.defer(async () => await gateway.close(GRACE_MS));
  const { port } = await gateway.listen(config.port, config.host);
  url = `http://${reachableHost(config.host)}:${port}`;
  const sandbox = await runtime.capabilities();

  const resources = opened.move();
  let stopping: Promise<void> | undefined;
  return {
    url,
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

async function assertPortFree(host: string, port: number): Promise<void> {
  if (port === 0) return;
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", (cause: Error & { code?: string }) => reject(portError(host, port, cause)));
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve()));
  });
}

function portError(host: string, port: number, cause: Error & { readonly code?: string }): PlatformError {
  if (cause.code === "EADDRINUSE") {
    return new PlatformError("CONFIG_INVALID", `Port ${port} on ${host} is taken.`, {
      cause,
      hint: "Stop the other program, or choose another port: BERTH_PORT=4200 (0 picks a free one).",
    });
  }
  return new PlatformError("CONFIG_INVALID", `Cannot listen on ${host}:${port}: ${cause.message}.`, {
    cause,
    hint: "Choose another port: BERTH_PORT=4200.",
  });
}
