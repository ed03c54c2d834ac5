import { randomBytes } from "node:crypto";
import { chmod, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { UsageError } from "../args/usage-error.ts";

/** What is kept for one platform: an API key that a person wrote there, or what `a2a login` got. */
export interface Credential {
  readonly token: string;
  readonly refreshToken?: string;
  /** Of the token. */
  readonly expiresAt?: string;
  readonly tokenEndpoint?: string;
  readonly revocationEndpoint?: string;
}

type Credentials = Readonly<Record<string, unknown>>;

const LOCK_RETRY_MS = 50;
/** A refresh takes at most 10 s; a lock that is older was left by a process that died. */
const LOCK_STALE_MS = 20_000;

function fileOf(userHome: string): string {
  return join(userHome, ".config/berth/credentials.json");
}

/** @throws UsageError when the file is no JSON. */
export async function readCredential(origin: string, userHome: string): Promise<Credential | undefined> {
  const entry = (await readAll(userHome))[origin];
  if (!isRecord(entry) || typeof entry["token"] !== "string") return undefined;
  const textOf = (name: string): string | undefined => {
    const value = entry[name];
    return typeof value === "string" ? value : undefined;
  };
  const [refreshToken, expiresAt] = [textOf("refreshToken"), textOf("expiresAt")];
  const [tokenEndpoint, revocationEndpoint] = [textOf("tokenEndpoint"), textOf("revocationEndpoint")];
  return {
    token: entry["token"],
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(tokenEndpoint === undefined ? {} : { tokenEndpoint }),
    ...(revocationEndpoint === undefined ? {} : { revocationEndpoint }),
  };
}

/** Whole or not at all, for the user's eyes only. Undefined removes it. */
export async function writeCredential(
  origin: string,
  userHome: string,
  credential: Credential | undefined,
): Promise<void> {
  const file = fileOf(userHome);
  const { [origin]: _before, ...others } = await readAll(userHome);
  const all = credential === undefined ? others : { ...others, [origin]: credential };
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await using handle = await open(draft, "wx", 0o600);
    await handle.writeFile(`${JSON.stringify(all, undefined, 2)}\n`);
    await handle.sync();
    await rename(draft, file);
    await chmod(file, 0o600);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/**
 * One process at a time: of two that refresh with the same token, the server takes the second for a thief and signs
 * both out.
 */
export async function withCredentialsLock<T>(userHome: string, go: () => Promise<T>): Promise<T> {
  const lock = `${fileOf(userHome)}.lock`;
  await mkdir(dirname(lock), { recursive: true, mode: 0o700 });
  while (!(await take(lock))) await wait(LOCK_RETRY_MS);
  try {
    return await go();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

async function take(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
    return true;
  } catch (error) {
    if (!isCode(error, "EEXIST")) throw error;
  }
  try {
    const { mtimeMs } = await stat(lock);
    if (Date.now() - mtimeMs > LOCK_STALE_MS) await rm(lock, { recursive: true, force: true });
  } catch (error) {
    if (!isCode(error, "ENOENT")) throw error;
  }
  return false;
}

async function readAll(userHome: string): Promise<Credentials> {
  const file = fileOf(userHome);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch {
    // Absent, or not ours to read: then it is no key for us.
    return {};
  }
  try {
    const all: unknown = JSON.parse(text);
    return isRecord(all) ? all : {};
  } catch {
    throw new UsageError(`${file} is not JSON.`, 'It looks like {"https://berth.example": {"token": "…"}}.');
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
