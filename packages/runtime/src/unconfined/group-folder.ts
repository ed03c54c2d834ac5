import { chmod, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** Only the platform's user may enter: the agent's socket is here, and its own /tmp. */
export async function makeGroupFolder(path: string): Promise<void> {
  await removeGroupFolder(path);
  await mkdir(join(path, "tmp"), { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
}

export function removeGroupFolder(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true, maxRetries: 3 });
}
