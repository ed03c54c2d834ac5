import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { baseImageFiles } from "../../src/container/base-image-files.ts";
import { linkedLibraries } from "../../src/process/linked-libraries.ts";
import type { ProgramSpec } from "../../src/sandbox-driver.ts";
import { TEST_PROGRAMS } from "./test-programs.ts";

const GO_SOURCE = fileURLToPath(new URL("../fixtures/program/main.go", import.meta.url));
const PYTHON = "/usr/bin/python3";

/** What the files of an image are by the time a release runs: a folder, with a program in it. */
export interface TestRoot extends Disposable {
  readonly folder: string;
  readonly program: ProgramSpec;
}

/** Nothing but one static file, which is built once per machine. */
export function goRoot(...args: readonly string[]): TestRoot {
  const root = emptyRoot(["/agent", ...args]);
  const key = createHash("sha256").update(readFileSync(GO_SOURCE)).digest("hex").slice(0, 12);
  const built = join(tmpdir(), `berth-go-agent-${key}`);
  if (!existsSync(built)) {
    const draft = join(root.folder, "draft");
    execFileSync("go", ["build", "-trimpath", "-ldflags=-s -w", "-o", draft, GO_SOURCE], {
      env: { PATH: process.env["PATH"], HOME: process.env["HOME"], CGO_ENABLED: "0", GO111MODULE: "off" },
    });
    copyFileSync(draft, `${built}.${process.pid}`);
    renameSync(`${built}.${process.pid}`, built);
    rmSync(draft);
  }
  place(built, join(root.folder, "agent"));
  return root;
}

/** A root that wants to be mounted elsewhere. `canary` is a folder of the host that anybody may write to. */
export function hostileRoot(): TestRoot & { readonly canary: string } {
  const root = goRoot();
  const canary = mkdtempSync("/tmp/berth-canary-");
  chmodSync(canary, 0o777);
  writeFileSync(join(canary, "passwd"), "of the host", { mode: 0o666 });
  const links: Readonly<Record<string, string>> = {
    host: "/",
    up: "../../../../..",
    oldroot: "/oldroot",
    newroot: "/oldroot/tmp",
    usr: `/oldroot${canary}`,
    etc: `/oldroot${canary}`,
    proc: "/oldroot/proc",
    dev: `/oldroot${canary}`,
    run: `../oldroot${canary}`,
    app: `../../oldroot${canary}`,
    ".berth": `/oldroot${canary}`,
    circle: "circle",
    "two\nlines": "/agent",
  };
  for (const [link, target] of Object.entries(links)) symlinkSync(target, join(root.folder, link));
  writeFileSync(join(root.folder, "tmp"), "a file");
  copyFileSync(join(root.folder, "agent"), join(root.folder, "setuid"));
  chmodSync(join(root.folder, "setuid"), 0o6755);
  execFileSync("mkfifo", [join(root.folder, "pipe")]);
  writeFileSync(join(root.folder, "three\nli\\nes"), "text");
  return {
    ...root,
    program: { ...root.program, workdir: "/", mountsApp: false },
    canary,
    [Symbol.dispose]: () => {
      root[Symbol.dispose]();
      rmSync(canary, { recursive: true, force: true });
    },
  };
}

/** Debian's Python with its own libraries; runs /app/agent.cjs, whatever its name says. */
export async function pythonRoot(): Promise<TestRoot> {
  const version = execFileSync(PYTHON, ["-c", "import sys; print('python%d.%d' % sys.version_info[:2])"], {
    encoding: "utf8",
  }).trim();
  const root = emptyRoot([`/usr/bin/${version}`, "/app/agent.cjs"]);
  const modules = `/usr/lib/${version}`;
  place(`/usr/bin/${version}`, join(root.folder, "usr/bin", version));
  cpSync(modules, join(root.folder, modules), {
    recursive: true,
    filter: (source) =>
      !/\/(__pycache__|test|idlelib|lib2to3|dist-packages|config-[^/]*|ensurepip|distutils|unittest|pydoc_data|tkinter|turtledemo|asyncio|multiprocessing|sqlite3)$/.test(
        source,
      ),
  });
  for (const library of await linkedLibraries(`/usr/bin/${version}`)) place(library, join(root.folder, library));
  return root;
}

/** This machine's Node as an image has it, and what the agents of tests run beside it. */
export async function nodeRoot(): Promise<TestRoot> {
  const root = emptyRoot(["/opt/node/bin/node", "/app/agent.cjs"]);
  for (const entry of await baseImageFiles(process.execPath, TEST_PROGRAMS)) {
    const path = join(root.folder, entry.path);
    if (entry.kind === "folder") mkdirSync(path, { recursive: true });
    else if (entry.kind === "text") writeFileSync(path, entry.text);
    else if (entry.kind === "file") place(entry.source, path);
  }
  return root;
}

function emptyRoot(command: readonly string[]): TestRoot {
  const folder = mkdtempSync("/tmp/berth-root-");
  chmodSync(folder, 0o755);
  return {
    folder,
    program: { command, env: {}, workdir: "/app", rootfs: folder, mountsApp: true },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A second name where that is possible: nobody writes to it. */
function place(source: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const file = realpathSync(source);
  try {
    linkSync(file, path);
  } catch {
    copyFileSync(file, path);
  }
}
