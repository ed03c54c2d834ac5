import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import path from "node:path";

/** A folder for one test file. Open to the server's own user, so that a test as root leaves nothing in /var/lib/berth. */
export async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp("/tmp/berth-store-");
  await chmod(folder, 0o755);
  return folder;
}

export async function scratchHome(folder: string, name = "home"): Promise<string> {
  const home = path.join(folder, name);
  await mkdir(home, { mode: 0o755 });
  return home;
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
