import { isPlatformError } from "@berth/protocol";
import { unwritable } from "../home-lock.ts";
import { findBinaryPackage, provideBinaries } from "./binaries.ts";
import { ensureDataFolder } from "./data-folder.ts";
import { placeServer } from "./placement.ts";
import type { Placement } from "./placement.ts";
import { ensureDatabase } from "./server-probe.ts";
import { connectionOf } from "./server-settings.ts";
import { ServerGuard } from "./server-guard.ts";
import { serverUserOf } from "./server-user.ts";
import { startServer } from "./start-server.ts";
import type { RunningServer } from "./start-server.ts";
import { stopServer } from "./stop-server.ts";

export interface EmbeddedPostgres {
  readonly kind: "embedded";
  readonly connection: { readonly host: string; readonly user: string; readonly database: string };
  /** Stops the server. Twice is harmless. */
  close(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** The caller holds its lock (`lockHome`) until after `close`. */
  readonly home: string;
  /** One line per step of the server's life. Its own log is the file `postgres.log`. */
  readonly log?: (line: string) => void;
}

/**
 * A real PostgreSQL server for this home alone, on a unix socket that only its user may reach.
 * 1. place: where data and socket go   2. binaries   3. data folder   4. adopt or start   5. database
 * It outlives a killed parent; the next call adopts it, and `close` stops it either way. One that ends by itself is
 * started again, until it does start.
 * @throws PlatformError STORE_UNAVAILABLE, HOME_UNWRITABLE, HOME_LOCKED
 */
export async function openEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const log = options.log ?? (() => undefined);
  const { place, server, again } = await start(options.home, log).catch((error: unknown) => {
    throw isPlatformError(error) ? error : unwritable(options.home, error);
  });
  log(`PostgreSQL ${server.adopted ? "adopted" : "started"}: pid ${server.pid}, data in ${place.data}`);
  const guard = new ServerGuard({ server, start: again, log });
  const stop = async (): Promise<void> => {
    const { pid } = await guard.close();
    const signal = await stopServer(place.data, pid);
    log(`PostgreSQL stopped by ${signal}`);
  };
  try {
    await ensureDatabase(server.sockets);
  } catch (error) {
    await stop();
    throw error;
  }
  let closing: Promise<void> | undefined;
  return {
    kind: "embedded",
    connection: connectionOf(server.sockets),
    close: async () => await (closing ??= stop()),
  };
}

async function start(
  home: string,
  log: (line: string) => void,
): Promise<{ place: Placement; server: RunningServer; again: () => Promise<RunningServer> }> {
  const user = await serverUserOf(home);
  const place = await placeServer(home, user, log);
  const native = await provideBinaries(await findBinaryPackage(), user, place.copies);
  await ensureDataFolder(place, native, user);
  const again = async (): Promise<RunningServer> => await startServer(place, native, user);
  return { place, server: await again(), again };
}
