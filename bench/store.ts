import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { releasesFolder } from "@berth/runtime";
import { lockHome, openEmbeddedPostgres } from "@berth/store/embedded";
import { openPostgresStore } from "@berth/store/postgres";
import type { Store } from "@berth/store";

/** The embedded store in an empty home of its own; both end with `open`. */
export async function openBenchStore(
  open: AsyncDisposableStack,
  options: { readonly now?: () => Date } = {},
): Promise<{ readonly home: string; readonly store: Store }> {
  const home = await mkdtemp(join(tmpdir(), "berth-bench-"));
  open.defer(async () => {
    // As root, the database lies outside the home.
    for (const folder of [dirname(releasesFolder(home)), home]) {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  });
  const lock = lockHome(home);
  open.defer(() => lock.release());
  const embedded = await openEmbeddedPostgres({ home, log: () => undefined });
  open.defer(async () => await embedded.close());
  return { home, store: open.use(await openPostgresStore({ connection: embedded.connection, ...options })) };
}
