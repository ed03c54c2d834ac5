import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where a platform run by root keeps what other users must reach; see the process driver and the embedded store. */
const SYSTEM_FOLDER = "/var/lib/berth";
const REMOVE = { recursive: true, force: true, maxRetries: 5, retryDelay: 100 } as const;

/** A folder of its own under the system's tmp. Dispose removes it, and what the homes in it had elsewhere. */
export function temporaryFolder(prefix = "berth-test-"): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), prefix));
  return {
    path,
    [Symbol.dispose](): void {
      for (const name of readdirSync(path)) {
        const hash = createHash("sha256").update(join(path, name)).digest("hex").slice(0, 16);
        rmSync(join(SYSTEM_FOLDER, hash), REMOVE);
      }
      rmSync(path, REMOVE);
    },
  };
}
