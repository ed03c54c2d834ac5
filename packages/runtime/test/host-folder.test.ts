import { execFileSync } from "node:child_process";
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isPlatformError } from "@berth/protocol";
import { openHostFolder } from "../src/index.ts";
import type { HostFolder } from "../src/index.ts";

const RACE_MS = process.env["TEST_LONG"] === "1" ? 60_000 : 3_000;
const PATIENCE_MS = 60_000;
const OUTSIDE = "OUTSIDE";

let scratch: string;
let root: string;
let outside: string;
let folder: HostFolder;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "berth-host-"));
  root = join(scratch, "root");
  outside = join(scratch, "outside");
  for (const path of [join(root, "a/b"), join(root, "c"), join(root, "d/e"), join(root, "f"), join(outside, "d/e")]) {
    mkdirSync(path, { recursive: true });
  }
  for (const path of ["a/b", "c", "d/e"]) writeFileSync(join(root, path, "secret.txt"), "inside");
  for (const path of [".", "d/e"]) writeFileSync(join(outside, path, "secret.txt"), OUTSIDE);
  writeFileSync(join(outside, "linked.txt"), OUTSIDE);
  folder = openHostFolder(root);
});

afterEach(() => {
  folder.close();
  rmSync(scratch, { recursive: true, force: true });
});

async function listed(prefix: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path } of folder.list(prefix)) paths.push(path);
  return paths;
}

const textOf = (path: string): string => Buffer.from(folder.read(path, 100)?.content ?? []).toString();

describe("a host folder", () => {
  it("reads, writes, lists and removes files, making folders on the way", async () => {
    const written = folder.write("new/deep/x.txt", Buffer.from("hello"));
    expect(written).toMatchObject({ path: "new/deep/x.txt", bytes: 5 });
    expect(textOf("new/deep/x.txt")).toBe("hello");
    expect(folder.find("new/deep/x.txt")).toEqual(written);
    expect(folder.write("new/deep/x.txt", Buffer.from("again")).version).toBeGreaterThanOrEqual(written.version);
    expect(textOf("new/deep/x.txt")).toBe("again");
    writeFileSync(join(root, "new.txt"), "");
    expect(await listed("new")).toEqual(["new.txt", "new/deep/x.txt"]);
    expect(await listed("new/d")).toEqual(["new/deep/x.txt"]);
    expect(await listed("absent/")).toEqual([]);
    expect([folder.remove("new/deep/x.txt"), folder.remove("new/deep/x.txt")]).toEqual([true, false]);
    expect(folder.read("new/deep/x.txt", 100)).toBeUndefined();
    expect(folder.find("no/such/folder/x")).toBeUndefined();
  });

  it("keeps the permissions of a file that it replaces, and leaves no drafts", () => {
    writeFileSync(join(root, "run.sh"), "old", { mode: 0o750 });
    folder.write("run.sh", Buffer.from("new"));
    expect(statSync(join(root, "run.sh")).mode & 0o777).toBe(0o750);
    expect(() => folder.write("a/b", Buffer.from("a folder"))).toThrow(
      expect.objectContaining({ reason: "PATH_INVALID" }),
    );
    expect(readdirSync(join(root, "a"))).toEqual(["b"]);
  });

  it("refuses paths that are none", () => {
    for (const path of ["../outside/secret.txt", "/etc/passwd", "a/../c/secret.txt", "", "a//b", "x\u0000", "a\\b"]) {
      for (const use of [
        () => folder.read(path, 9),
        () => folder.write(path, Buffer.of()),
        () => folder.remove(path),
      ]) {
        expect(use).toThrow(expect.objectContaining({ reason: "PATH_INVALID" }));
      }
    }
  });

  it("follows no link, at the end or on the way, for nothing it does, and lists none", async () => {
    symlinkSync(outside, join(root, "link"));
    symlinkSync(join(outside, "secret.txt"), join(root, "file-link"));
    symlinkSync(join(root, "c"), join(root, "inner"));
    for (const path of ["link/secret.txt", "file-link", "inner/secret.txt", "link"]) {
      for (const use of [() => folder.read(path, 99), () => folder.find(path), () => folder.remove(path)]) {
        expect(use, path).toThrow(expect.objectContaining({ reason: "PATH_INVALID" }));
      }
      expect(() => folder.write(path, Buffer.from("x"))).toThrow(expect.objectContaining({ reason: "PATH_INVALID" }));
    }
    expect(() => folder.write("link/new/x", Buffer.from("x"))).toThrow();
    expect(await listed("")).toEqual(["a/b/secret.txt", "c/secret.txt", "d/e/secret.txt"]);
    expect(await listed("link/")).toEqual([]);
    expect(readFileSync(join(outside, "secret.txt"), "utf8")).toBe(OUTSIDE);
    expect(readdirSync(outside).toSorted()).toEqual(["d", "linked.txt", "secret.txt"]);
  });

  it("opens nothing but plain files: a pipe would wait for ever, a device would act", async () => {
    execFileSync("mkfifo", [join(root, "pipe")]);
    expect(() => folder.read("pipe", 9)).toThrow(expect.objectContaining({ reason: "PATH_INVALID" }));
    expect(() => folder.write("pipe", Buffer.of(1))).toThrow(expect.objectContaining({ reason: "PATH_INVALID" }));
    expect(() => folder.read("a", 9)).toThrow(expect.objectContaining({ reason: "PATH_INVALID" }));
    expect(await listed("p")).toEqual([]);
  });

  it("does not write a file that has another name", () => {
    linkSync(join(outside, "linked.txt"), join(root, "linked.txt"));
    expect(() => folder.write("linked.txt", Buffer.from("x"))).toThrow(
      expect.objectContaining({ reason: "PATH_INVALID" }),
    );
    expect(readFileSync(join(outside, "linked.txt"), "utf8")).toBe(OUTSIDE);
  });

  it("reads no more than it was allowed to", () => {
    expect(() => folder.read("c/secret.txt", 5)).toThrow(expect.objectContaining({ reason: "FILE_TOO_LARGE" }));
    expect(folder.read("c/secret.txt", 6)?.content).toHaveLength(6);
  });

  it("is still the same folder after somebody has put another in its place", () => {
    execFileSync("mv", [root, join(scratch, "moved")]);
    symlinkSync(outside, root);
    expect(textOf("c/secret.txt")).toBe("inside");
  });
});

describe("a folder whose paths are swapped for links while it is used", () => {
  let attackers: Worker[];
  beforeEach(() => {
    attackers = (["folder", "file", "parent", "hardlink"] as const).map(
      (kind) => new Worker(new URL("path-attacker.ts", import.meta.url), { workerData: { kind, root, outside } }),
    );
  });
  afterEach(async () => {
    await Promise.all(attackers.map(async (attacker) => await attacker.terminate()));
  });

  /** Calls `use` until `deadline`, or until it answers true. Lets the workers' messages through now and then. */
  /** For this long, and then until it was enough: a busy machine gets fewer rounds done. */
  async function again(
    ms: number,
    use: (round: number) => boolean,
    isEnough: (rounds: number) => boolean = () => true,
  ): Promise<number> {
    const end = performance.now() + ms;
    let round = 0;
    const goesOn = (): boolean => {
      const left = end - performance.now();
      return left > 0 || (left > -PATIENCE_MS && !isEnough(round));
    };
    for (; goesOn() && !use(round); round += 1) if (round % 256 === 0) await setImmediate();
    return round;
  }

  it("the attack works: who checks a path and then opens it reads what is outside", async () => {
    let leaked = false;
    await again(90_000, (round) => {
      leaked = naiveRead(root, ["a/b/secret.txt", "c/secret.txt", "d/e/secret.txt"][round % 3] ?? "") === OUTSIDE;
      return leaked;
    });
    expect(leaked).toBe(true);
  });

  it(`nothing outside is read, written, listed or removed in ${RACE_MS / 1_000} s`, async () => {
    const paths = ["a/b/secret.txt", "c/secret.txt", "d/e/secret.txt"];
    let reads = 0;
    const escapes: string[] = [];
    const attack = (round: number): boolean => {
      const path = paths[round % 3] ?? "";
      const content = attempt(() => folder.read(path, 100)?.content);
      if (content !== undefined) reads += 1;
      if (content !== undefined && Buffer.from(content).toString() === OUTSIDE) escapes.push(path);
      attempt(() =>
        folder.write(
          ["a/b/w.txt", "c/secret.txt", "d/e/w.txt", "f/secret.txt"][round % 4] ?? "",
          Buffer.from("inside"),
        ),
      );
      if (round % 5 === 0) attempt(() => folder.remove(["a/b/w.txt", "d/e/w.txt"][round % 2] ?? ""));
      return false;
    };
    const attempts = await again(RACE_MS, attack, (rounds) => rounds > 100 && reads > 50);
    for await (const { path } of folder.list("")) expect(path).not.toContain("linked.txt");
    await Promise.all(attackers.map(async (attacker) => await attacker.terminate()));
    expect(escapes).toEqual([]);
    expect(outsideNow()).toEqual({ "d/e/secret.txt": OUTSIDE, "linked.txt": OUTSIDE, "secret.txt": OUTSIDE });
    // Otherwise it would be safe because it never worked.
    expect(attempts).toBeGreaterThan(100);
    expect(reads).toBeGreaterThan(50);
  });

  function outsideNow(): Record<string, string> {
    const files = readdirSync(outside, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = files.map((entry) => join(entry.parentPath, entry.name)).toSorted();
    return Object.fromEntries(paths.map((path) => [path.slice(outside.length + 1), readFileSync(path, "utf8")]));
  }
});

/** What many programs do. */
function naiveRead(root: string, path: string): string | undefined {
  try {
    const real = realpathSync(join(root, path));
    return real.startsWith(`${root}/`) ? readFileSync(join(root, path), "utf8") : undefined;
  } catch {
    return undefined;
  }
}

/** What is refused, or gone for the moment, is as it should be; anything else is a bug. */
function attempt<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch (error) {
    if (isPlatformError(error) && (error.reason === "PATH_INVALID" || error.reason === "STORE_UNAVAILABLE"))
      return undefined;
    throw error;
  }
}
