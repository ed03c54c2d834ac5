import { hkdfSync, randomBytes } from "node:crypto";
import { join } from "node:path";
import { invalidKeyFile, loadOrCreate, makeKeysFolder, replaceKeyFile } from "../keys/key-file.ts";
import { macaroonKey } from "./macaroon.ts";

/** The root keys of grants. The newest signs; older ones still verify what they have signed. */
export interface GrantKeys {
  readonly newest: GrantKey;
  find(kid: string): GrantKey | undefined;
}

interface GrantKey {
  readonly kid: string;
  /** Each organization has a key of its own: a token of one says nothing in another. */
  macaroonKey(orgId: string): Uint8Array;
}

const ROTATE_AFTER_MS = 30 * 24 * 60 * 60_000;
const KEY_BYTES = 32;
const MAX_ORGANIZATIONS = 10_000;

interface KeyLine {
  /** Unix seconds of its making in base 36, so that the file says how old a key is. */
  readonly kid: string;
  readonly secret: string;
}

/**
 * `grants.keys` in the folder: lines of `<kid> <32 bytes in hex>`, the newest first, made when it is missing. A start
 * that finds the newest older than 30 days puts a new one before it and keeps the one before: grants live for 15
 * minutes, so nothing that still holds was signed by one that is dropped.
 * @throws PlatformError HOME_UNWRITABLE, CONFIG_INVALID for a file that holds no keys or that others may read.
 */
export async function loadGrantKeys(folder: string, now: () => Date): Promise<GrantKeys> {
  await makeKeysFolder(folder);
  const path = join(folder, "grants.keys");
  const at = now().getTime();
  const lines = parseLines(path, await loadOrCreate(path, () => formatLines([newLine(at)])));
  const [newest] = lines;
  if (at - Number.parseInt(newest.kid, 36) * 1_000 < ROTATE_AFTER_MS) return createGrantKeys(lines);
  const rotated: readonly [KeyLine, ...KeyLine[]] = [newLine(at), newest];
  await replaceKeyFile(path, formatLines(rotated));
  return createGrantKeys(rotated);
}

function createGrantKeys(lines: readonly [KeyLine, ...KeyLine[]]): GrantKeys {
  const newest = createGrantKey(lines[0]);
  const keys = new Map([
    [newest.kid, newest],
    ...lines.slice(1).map((line) => [line.kid, createGrantKey(line)] as const),
  ]);
  return { newest, find: (kid) => keys.get(kid) };
}

function createGrantKey({ kid, secret }: KeyLine): GrantKey {
  const root = Buffer.from(secret, "hex");
  const known = new Map<string, Uint8Array>();
  return {
    kid,
    macaroonKey(orgId) {
      const made = known.get(orgId) ?? organizationKey(root, orgId);
      if (known.size >= MAX_ORGANIZATIONS) known.clear();
      known.set(orgId, made);
      return made;
    },
  };
}

function organizationKey(root: Uint8Array, orgId: string): Uint8Array {
  return macaroonKey(new Uint8Array(hkdfSync("sha256", root, "", `berth/grants/v1/${orgId}`, KEY_BYTES)));
}

function newLine(at: number): KeyLine {
  return { kid: Math.floor(at / 1_000).toString(36), secret: randomBytes(KEY_BYTES).toString("hex") };
}

function formatLines(lines: readonly KeyLine[]): string {
  return lines.map(({ kid, secret }) => `${kid} ${secret}\n`).join("");
}

function parseLines(path: string, text: string): readonly [KeyLine, ...KeyLine[]] {
  const lines = text.split("\n").filter((line) => line !== "");
  const [newest, ...older] = lines.map((line) => {
    const [, kid, secret] = /^([0-9a-z]{1,10}) ([0-9a-f]{64})$/.exec(line) ?? [];
    if (kid === undefined || secret === undefined) throw invalidKeyFile(path, "has a line that is no key");
    return { kid, secret };
  });
  if (newest === undefined) throw invalidKeyFile(path, "holds no key");
  return [newest, ...older];
}
