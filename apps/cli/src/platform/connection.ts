import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { UsageError } from "../args/usage-error.ts";
import type { ParsedOptions } from "../args/parse-options.ts";
import type { Io } from "../io.ts";
import { readCredential } from "./credentials.ts";
import { currentToken } from "./device-login.ts";

const DEFAULT_URL = "http://127.0.0.1:4100";

/** @throws UsageError when it is no http(s) URL. */
export function platformUrl(args: ParsedOptions, { env }: Io): string {
  const text = args.text("url") ?? env.BERTH_URL ?? DEFAULT_URL;
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return text.replace(/\/+$/, "");
  throw new UsageError(`"${text}" is not the address of a platform.`, `It looks like ${DEFAULT_URL}.`);
}

/**
 * 1. --token; 2. BERTH_TOKEN; 3. what `a2a login` got for this very address; 4. the key that the platform of this
 * folder saved, only for a platform on this machine; 5. the key kept for this very address. The third and the fifth are
 * in ~/.config/berth/credentials.json (`{"<origin>": {"token": "…"}}`). A key is never sent to an address it was not
 * meant for.
 */
export async function platformToken(url: string, args: ParsedOptions, io: Io): Promise<string | undefined> {
  const given = args.text("token") ?? io.env.BERTH_TOKEN;
  if (given !== undefined && given !== "") return given;
  const { origin, hostname } = new URL(url);
  const kept = await readCredential(origin, io.userHome);
  if (kept?.refreshToken !== undefined) return await currentToken(origin, io.userHome);
  return (isThisMachine(hostname) ? await savedToken(io) : undefined) ?? kept?.token;
}

function isThisMachine(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127(\.\d+){3}$/.test(hostname)
  );
}

/** Like git, the nearest `.berth` above the current folder counts, so that commands work from an agent's folder too. */
async function savedToken({ env, cwd }: Io): Promise<string | undefined> {
  if (env.BERTH_HOME !== undefined && env.BERTH_HOME !== "") return await readToken(resolve(cwd, env.BERTH_HOME));
  for (let folder = cwd; ; folder = dirname(folder)) {
    const token = await readToken(join(folder, ".berth"));
    if (token !== undefined || folder === dirname(folder)) return token;
  }
}

async function readToken(home: string): Promise<string | undefined> {
  const token = (await readText(join(home, "admin-token")))?.trim();
  return token === "" ? undefined : token;
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch {
    // Absent, or not ours to read: then it is no key for us.
    return undefined;
  }
}
