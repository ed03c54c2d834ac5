import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import path from "node:path";

const SIZE = "600M";
const COMMAND_TIMEOUT_MS = 30_000;

/** An ext4 file system in a file. The file holds what reached the disk; what is not flushed is only in the kernel. */
export class LoopDisk {
  readonly folder: string;
  readonly #image: string;
  #isMounted = false;

  constructor(image: string, folder: string) {
    this.#image = image;
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  format(): void {
    run("truncate", "-s", SIZE, this.#image);
    run("mkfs.ext4", "-q", "-F", this.#image);
  }

  /** Mounting replays the journal, as after a power loss. The loop device goes away with the mount. */
  mount(): void {
    run("mount", "-o", "loop", this.#image, this.folder);
    this.#isMounted = true;
  }

  /** The disk at this moment, as another disk. */
  copyAsIs(image: string, folder: string): LoopDisk {
    run("cp", "--sparse=always", this.#image, image);
    return new LoopDisk(image, folder);
  }

  /** Processes that were just killed may hold it for a moment. */
  async unmount(): Promise<void> {
    if (!this.#isMounted) return;
    this.#isMounted = false;
    for (let attempt = 1; ; attempt++) {
      try {
        run("umount", this.folder);
        return;
      } catch (error) {
        if (attempt === 100) throw error;
        await new Promise((resolve) => {
          setTimeout(resolve, 50);
        });
      }
    }
  }
}

/** Asks by doing: root alone is not enough in a container. */
export function canMountLoop(): boolean {
  const folder = mkdtempSync("/tmp/berth-loop-");
  const image = path.join(folder, "image");
  try {
    run("truncate", "-s", "8M", image);
    run("mkfs.ext4", "-q", "-F", image);
    mkdirSync(path.join(folder, "disk"));
    run("mount", "-o", "loop", image, path.join(folder, "disk"));
    run("umount", path.join(folder, "disk"));
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(command: string, ...options: string[]): void {
  execFileSync(command, options, { stdio: ["ignore", "ignore", "pipe"], timeout: COMMAND_TIMEOUT_MS });
}
