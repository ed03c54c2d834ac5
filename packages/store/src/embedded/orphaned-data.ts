import { lstat, rename, rm } from "node:fs/promises";
import { findPostmaster } from "./postmaster.ts";
import { stopServer } from "./stop-server.ts";

/**
 * Data in the place of a home that has no link to it: the home was deleted, and its database, which lies elsewhere, was
 * not. Whoever deletes a home wants to begin anew, and the keys that signed the old ledger are gone with it; but nobody
 * said that the data may be destroyed, so it is kept, one such folder per home.
 */
export async function setOrphanAside(data: string, log: (line: string) => void): Promise<void> {
  const found = await lstat(data).catch(() => undefined);
  if (found === undefined) return;
  const running = await findPostmaster(data);
  if (running !== undefined) await stopServer(data, running.pid);
  const aside = `${data}-orphaned`;
  await rm(aside, { recursive: true, force: true });
  await rename(data, aside);
  log(`The database of a deleted data folder was set aside: ${aside}. Remove it when you do not need it.`);
}
