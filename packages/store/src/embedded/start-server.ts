import { PlatformError } from "@berth/protocol";
import { spawn } from "node:child_process";
import { open, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Placement } from "./placement.ts";
import { findPostmaster, hasProcesses, pidFileOf } from "./postmaster.ts";
import { answers } from "./server-probe.ts";
import { serverArguments } from "./server-settings.ts";
import { SERVER_ENV } from "./server-user.ts";
import type { ServerUser } from "./server-user.ts";

const START_TIMEOUT_MS = 60_000;
const POLL_MS = 25;
const MAX_LOG_BYTES = 10 * 1024 * 1024;

export interface RunningServer {
  readonly pid: number;
  readonly sockets: string;
  readonly adopted: boolean;
}

/**
 * Adopts the server that a killed parent left, or starts one, and waits until it answers (a crashed one recovers
 * first). Precondition: this process holds the lock of the home, so nobody else starts or stops it.
 */
export async function startServer(
  place: Placement,
  native: string,
  user: ServerUser | undefined,
): Promise<RunningServer> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  const left = await adopt(place, deadline);
  if (left !== undefined) return left;
  await clearStalePidFile(place, deadline);
  const log = logOf(place);
  const child = await launch(place, native, user, log);
  let exit: string | undefined;
  child.once("exit", (code, signal) => (exit = signal ?? `code ${code}`));
  child.once("error", (error) => (exit = error.message));
  // The server outlives us when we are killed; our event loop does not wait for it.
  child.unref();
  while (Date.now() < deadline) {
    if (exit !== undefined) throw await notStarted(`it ended with ${exit}`, log);
    const running = await findPostmaster(place.data);
    if (running?.ready === true && (await answers(place.sockets, place.data))) {
      return { pid: running.pid, sockets: place.sockets, adopted: false };
    }
    await pause(POLL_MS);
  }
  child.kill("SIGQUIT");
  throw await notStarted(`it was not ready after ${START_TIMEOUT_MS / 1000} s`, log);
}

/** A server that is starting or stopping is waited for: it ends up answering or gone. */
async function adopt({ data }: Placement, deadline: number): Promise<RunningServer | undefined> {
  while (Date.now() < deadline) {
    const running = await findPostmaster(data);
    if (running === undefined) return undefined;
    const { pid, sockets } = running;
    if (await answers(sockets, data)) return { pid, sockets, adopted: true };
    await pause(POLL_MS);
  }
  throw new PlatformError("STORE_UNAVAILABLE", `The PostgreSQL server that runs in ${data} does not answer.`, {
    hint: `Stop it: kill -INT $(head -1 ${pidFileOf(data)})`,
  });
}

/**
 * PostgreSQL takes a pid file for valid when its number is alive, whoever that is now. Nobody works in the folder, so
 * the file is stale; without /proc the decision stays with PostgreSQL.
 */
async function clearStalePidFile({ data, sockets }: Placement, deadline: number): Promise<void> {
  if (process.platform !== "linux") return;
  while (await hasProcesses(data)) {
    // Backends whose postmaster was killed notice it and leave.
    if (Date.now() > deadline)
      throw new PlatformError("STORE_UNAVAILABLE", `Processes of an old server stay in ${data}.`);
    await pause(POLL_MS);
  }
  await rm(pidFileOf(data), { force: true });
  // The same number stands in the lock of the socket, which is for this data folder alone.
  await rm(path.join(sockets, ".s.PGSQL.5432.lock"), { force: true });
}

async function launch(place: Placement, native: string, user: ServerUser | undefined, log: string) {
  const size = await stat(log).then(
    (found) => found.size,
    () => 0,
  );
  if (size > MAX_LOG_BYTES) await rename(log, `${log}.1`);
  // To a file and not to a pipe of ours: the server may outlive us.
  const file = await open(log, "a", 0o600);
  try {
    return spawn(path.join(native, "bin", "postgres"), serverArguments(place), {
      ...user,
      env: SERVER_ENV,
      cwd: "/",
      // Its own process group: Ctrl-C in the terminal reaches us only, and we stop it when we are done.
      detached: true,
      stdio: ["ignore", file.fd, file.fd],
    });
  } finally {
    await file.close();
  }
}

function logOf({ folder }: Placement): string {
  return path.join(folder, "postgres.log");
}

async function notStarted(why: string, log: string): Promise<PlatformError> {
  const tail = await readFile(log, "utf8").then(
    (text) => text.slice(-2000),
    () => "",
  );
  return new PlatformError("STORE_UNAVAILABLE", `The embedded PostgreSQL did not start: ${why}.`, {
    internal: tail,
    hint: `Its log is ${log}.`,
  });
}
