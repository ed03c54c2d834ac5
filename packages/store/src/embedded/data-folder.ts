import { PlatformError } from "@berth/protocol";
import { execFile } from "node:child_process";
import { open, readFile, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { PG_MAJOR } from "./binaries.ts";
import { privateFolder } from "./placement.ts";
import type { Placement } from "./placement.ts";
import { SERVER_ENV, initdbUserOf } from "./server-user.ts";
import type { ServerUser } from "./server-user.ts";

export const SUPERUSER = "berth";

const run = promisify(execFile);

const INITDB_TIMEOUT_MS = 60_000;
const DRAFT = "pg.draft-";

/**
 * Makes the data folder when there is none. It is built under another name and renamed when complete and on disk, so
 * an interrupted start leaves only a draft, which the next one removes.
 * @throws PlatformError STORE_UNAVAILABLE when the folder belongs to another major version.
 */
export async function ensureDataFolder(
  { folder, data }: Placement,
  native: string,
  user: ServerUser | undefined,
): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(DRAFT)) await rm(path.join(folder, name), { recursive: true, force: true });
  }
  const major = await readFile(path.join(data, "PG_VERSION"), "utf8").catch(() => undefined);
  if (major === undefined) {
    await initialize(folder, data, native, user);
    return;
  }
  if (major.trim() !== PG_MAJOR) throw otherMajor(data, major.trim());
}

async function initialize(folder: string, data: string, native: string, user: ServerUser | undefined): Promise<void> {
  const draft = path.join(folder, `${DRAFT}${process.pid}`);
  const maker = await initdbUserOf(user);
  await privateFolder(draft, maker);
  try {
    await initdb(native, maker, [
      `--pgdata=${draft}`,
      `--username=${SUPERUSER}`,
      "--encoding=UTF8",
      "--locale=C",
      "--auth-local=trust",
      "--auth-host=reject",
      "--data-checksums",
      "--no-sync",
    ]);
    if (user !== undefined)
      await run("chown", ["-R", `${user.uid}:${user.gid}`, draft], { timeout: INITDB_TIMEOUT_MS });
    // Flushed after the files changed hands, so that no power loss leaves half of them with their maker.
    await initdb(native, user, [`--pgdata=${draft}`, "--sync-only"]);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw notMade(data, error);
  }
  await rename(draft, data);
  const parent = await open(folder);
  await parent.sync().finally(async () => await parent.close());
}

async function initdb(native: string, user: ServerUser | undefined, options: string[]): Promise<void> {
  const program = path.join(native, "bin", "initdb");
  await run(program, options, { ...user, env: SERVER_ENV, cwd: "/", timeout: INITDB_TIMEOUT_MS });
}

function notMade(data: string, error: unknown): PlatformError {
  const output = outputOf(error);
  const hint = output.includes("could not look up effective user")
    ? "This user has no entry in /etc/passwd. Add one, or set BERTH_DATABASE_URL to a PostgreSQL server."
    : "Is the disk full? Otherwise set BERTH_DATABASE_URL to a PostgreSQL server.";
  const options = { cause: error, internal: output, retryable: false, hint };
  return new PlatformError("STORE_UNAVAILABLE", `The database in ${data} could not be made.`, options);
}

function outputOf(error: unknown): string {
  // execFile puts what the program wrote on the error it rejects with.
  return ((error as { stderr?: string }).stderr ?? "").slice(-2000);
}

function otherMajor(data: string, found: string): PlatformError {
  return new PlatformError(
    "STORE_UNAVAILABLE",
    `The database in ${data} was made by PostgreSQL ${found}; this program has ${PG_MAJOR}.`,
    { retryable: false, hint: "Run the Berth version that made it, or set BERTH_DATABASE_URL to a server." },
  );
}
