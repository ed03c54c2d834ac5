import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync } from "node:fs";
import path from "node:path";

const SIZE = "600M";
const BLOCK = 4096;
const COMMAND_TIMEOUT_MS = 30_000;
const ATTEMPTS = 200;
const PAUSE_MS = 50;
/** EXT4_IOC_SHUTDOWN without writing the journal first: from then on every read and write answers EIO. */
const SHUT_DOWN = `open(D, "<", $ARGV[0]) && ioctl(D, 0x8004587d, my $flag = pack("L", 2)) || die "$!"`;

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

  format(size: string = SIZE): void {
    run("truncate", "-s", size, this.#image);
    // Without blocks that only root may use: full is full for everybody.
    run("mkfs.ext4", "-q", "-F", "-m", "0", this.#image);
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

  /** Takes all the space that is left: every write that needs a new block answers ENOSPC. */
  fill(): void {
    const { bavail, bsize } = statfsSync(this.folder);
    for (let size = bavail * bsize, count = 0; size >= BLOCK; count++) {
      try {
        run("fallocate", "-l", String(size), path.join(this.folder, `filler-${count}`));
        size = statfsSync(this.folder).bavail * bsize;
      } catch {
        size = Math.floor(size / 2);
      }
    }
  }

  /** Gives the space back. */
  free(): void {
    for (const name of readdirSync(this.folder)) {
      if (name.startsWith("filler-")) rmSync(path.join(this.folder, name));
    }
  }

  /** Everything on it answers EIO until it is unmounted and mounted again; what was not flushed is lost. */
  breakDown(): void {
    run("perl", "-e", SHUT_DOWN, this.folder);
  }

  /**
   * Processes that were just killed may hold it for a moment, and so may their mount namespaces: as long as its loop
   * device is there, mounting again would give the same file system, as broken as it was.
   */
  async unmount(): Promise<void> {
    if (!this.#isMounted) return;
    this.#isMounted = false;
    await this.#until(() => run("umount", this.folder));
    await this.#until(() => {
      const devices = execFileSync("losetup", ["-j", this.#image], { encoding: "utf8", timeout: COMMAND_TIMEOUT_MS });
      if (devices !== "") throw new Error(`the disk is still there: ${devices}`);
    });
  }

  async #until(attempt: () => void): Promise<void> {
    for (let left = ATTEMPTS; ; left--) {
      try {
        return attempt();
      } catch (error) {
        if (left === 0) throw error;
        await new Promise((resolve) => {
          setTimeout(resolve, PAUSE_MS);
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
