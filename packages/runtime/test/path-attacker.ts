import { linkSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { workerData } from "node:worker_threads";

/** Changes a folder under the feet of whoever works in it, as fast as it can, until it is terminated. */
interface Attack {
  readonly kind: "folder" | "file" | "parent" | "hardlink";
  readonly root: string;
  readonly outside: string;
}

// The test passes an Attack.
const { kind, root, outside } = workerData as Attack;
const quietly = (...steps: (() => void)[]): void => {
  for (const step of steps) {
    try {
      step();
    } catch {
      // Another attacker, or the program under test, was faster.
    }
  }
};

const ATTACKS: Readonly<Record<Attack["kind"], () => void>> = {
  /** a/b is a folder, then a link to a folder outside, then a folder again. */
  folder: () =>
    quietly(
      () => renameSync(join(root, "a/b"), join(root, "a/kept")),
      () => symlinkSync(outside, join(root, "a/b")),
      () => unlinkSync(join(root, "a/b")),
      () => renameSync(join(root, "a/kept"), join(root, "a/b")),
    ),
  /** c/secret.txt is a file, then a link to one outside. */
  file: () =>
    quietly(
      () => symlinkSync(join(outside, "secret.txt"), join(root, "c/draft")),
      () => renameSync(join(root, "c/draft"), join(root, "c/secret.txt")),
      () => writeFileSync(join(root, "c/plain"), "inside", { flag: "wx" }),
      () => renameSync(join(root, "c/plain"), join(root, "c/secret.txt")),
    ),
  /** The folder above the folder. */
  parent: () =>
    quietly(
      () => renameSync(join(root, "d"), join(root, "away")),
      () => symlinkSync(join(outside, "d"), join(root, "d")),
      () => rmSync(join(root, "d")),
      () => renameSync(join(root, "away"), join(root, "d")),
      () => mkdirSync(join(root, "d/e"), { recursive: true }),
    ),
  /** f/secret.txt is the other name of a file outside. */
  hardlink: () =>
    quietly(
      () => linkSync(join(outside, "linked.txt"), join(root, "f/draft")),
      () => renameSync(join(root, "f/draft"), join(root, "f/secret.txt")),
      () => unlinkSync(join(root, "f/secret.txt")),
    ),
};

for (;;) ATTACKS[kind]();
