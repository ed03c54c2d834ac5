import { join } from "node:path";
import { DEFAULT_ORG_ID, isPlatformError } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import { writeSecretFile } from "@berth/control";
import type { Auth } from "@berth/control";
import { readIfThere } from "./secret-files.ts";

/** The platform itself, where it acts without a caller: first keys, first looks. */
export const SYSTEM_PRINCIPAL: Principal = {
  kind: "system",
  id: "system",
  orgId: DEFAULT_ORG_ID,
  scopes: ["owner"],
  name: "the platform",
};

/** Where the CLI on this machine finds its key. */
export function adminKeyPath(home: string): string {
  return join(home, "admin-token");
}

/** The owner's key of this installation: whoever reads this file has the machine. Made on first start and again when it no longer holds. */
export async function ensureAdminKey(home: string, auth: Auth): Promise<string> {
  const path = adminKeyPath(home);
  const known = (await readIfThere(path))?.toString("utf8").trim();
  if (known !== undefined && (await holds(auth, known))) return known;
  const { secret } = await auth.createKey(SYSTEM_PRINCIPAL, {
    name: "admin of this machine",
    scopes: ["owner"],
    expiresInDays: 3_650,
  });
  await writeSecretFile(path, `${secret}\n`);
  return secret;
}

async function holds(auth: Auth, key: string): Promise<boolean> {
  try {
    return (await auth.authenticate(key)).scopes.includes("owner");
  } catch (error) {
    if (isPlatformError(error) && error.reason === "UNAUTHENTICATED") return false;
    throw error;
  }
}
