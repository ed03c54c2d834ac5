import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UsageError } from "../args/usage-error.ts";

/** The head of a platform's log when it was last looked at, and the key that signed it. */
export interface RememberedCheckpoint {
  readonly vkey: string;
  readonly checkpoint: string;
}

function fileOf(userHome: string): string {
  return join(userHome, ".config/berth/checkpoints.json");
}

/** @throws UsageError when the file is no JSON. */
export async function readCheckpoint(origin: string, userHome: string): Promise<RememberedCheckpoint | undefined> {
  const entry = (await readAll(userHome))[origin];
  if (typeof entry !== "object" || entry === null || !("vkey" in entry) || !("checkpoint" in entry)) return undefined;
  const { vkey, checkpoint } = entry;
  return typeof vkey === "string" && typeof checkpoint === "string" ? { vkey, checkpoint } : undefined;
}

export async function writeCheckpoint(
  origin: string,
  userHome: string,
  remembered: RememberedCheckpoint,
): Promise<void> {
  const file = fileOf(userHome);
  const all = { ...(await readAll(userHome)), [origin]: remembered };
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(6).toString("hex")}.tmp`;
  await writeFile(draft, `${JSON.stringify(all, undefined, 2)}\n`, { mode: 0o600 });
  await rename(draft, file);
}

async function readAll(userHome: string): Promise<Readonly<Record<string, unknown>>> {
  const file = fileOf(userHome);
  const text = await readFile(file, "utf8").catch(() => "{}");
  try {
    const value: unknown = JSON.parse(text);
    // An object's members are unknown.
    if (typeof value === "object" && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // Said below.
  }
  throw new UsageError(`${file} is no JSON.`, "Look into it, or remove it: the log is then trusted as it is now.");
}
