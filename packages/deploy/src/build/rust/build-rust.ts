import {
  access,
  chmod,
  chown,
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PlatformError } from "@berth/protocol";
import type { SourceEntry } from "../../source/list-source-files.ts";
import type { ReleaseFile } from "../release-digest.ts";
import { isData } from "../release-files.ts";
import { runProcess } from "../run-process.ts";
import { buildJailCommand } from "./build-jail.ts";
import { findToolchain } from "./find-toolchain.ts";
import type { RustToolchain } from "./find-toolchain.ts";

export interface RustBuild {
  readonly files: readonly SourceEntry[];
  readonly environment: { readonly [name: string]: string | undefined };
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** Names a project in Rust as an entry does. */
export const CARGO_MANIFEST = "Cargo.toml";
/** What a build in Rust gives. */
export const MODULE_PATH = "agent.wasm";

const TIMEOUT_MS = 10 * 60_000;
const MAX_MODULE_BYTES = 64 * 1024 * 1024;
/** A user who owns nothing, where the platform is root. */
const NOBODY = 65_534;
/** Where Debian's librust-*-dev packages put crates. */
const DEBIAN_CRATES = "/usr/share/cargo/registry";
const NO_DATA =
  /(^|\/)(Cargo\.(toml|lock)|rust-toolchain(\.toml)?|rustfmt\.toml|[^/]+\.rs)$|^(target|vendor|\.cargo)\//;

/** Copied into memory, so that the source stays as it is and paths in the module are the same everywhere. */
const SCRIPT = `set -eu
cp -r /source/. .
set -- build --release --offline --target "$TARGET" --target-dir /build/target
if [ -n "\${CRATES:-}" ]; then
  set -- "$@" --config "source.crates-io.replace-with='berth'" --config "source.berth.directory='$CRATES'"
fi
cargo "$@"
set -- target/"$TARGET"/release/*.wasm
if [ ! -f "$1" ] || [ $# -ne 1 ]; then
  echo 'berth: the package must make exactly one module: [lib] crate-type = ["cdylib"] in Cargo.toml'
  exit 90
fi
cat "$1" > /out`;

/**
 * Compiles a Cargo package to one WebAssembly module, offline and confined: crates come from the package's vendor folder
 * or from Debian's. Gives the module and the package's data files.
 * @throws BUILD_FAILED, TIMED_OUT, CANCELED
 */
export async function buildRust(build: RustBuild): Promise<readonly ReleaseFile[]> {
  const { files, environment } = build;
  const target = await namedTarget(files);
  const toolchain = await findToolchain({ environment, ...(target === undefined ? {} : { target }) });
  build.log(`cargo build for ${toolchain.target} with ${toolchain.sysroot}`);
  const root = await realpath(await mkdtemp(join(tmpdir(), "berth-rust-")));
  try {
    const module = await compile(build, toolchain, root);
    const data = files.filter(({ path }) => isData(path) && !NO_DATA.test(path) && path !== MODULE_PATH);
    const kept = await Promise.all(data.map(async ({ path, file }) => ({ path, bytes: await readFile(file) })));
    return [...kept, { path: MODULE_PATH, bytes: module }];
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function compile(build: RustBuild, toolchain: RustToolchain, root: string): Promise<Uint8Array> {
  const source = join(root, "source");
  const output = join(root, "agent.wasm");
  await mkdir(source);
  for (const { path, file } of build.files.filter(({ path }) => !path.startsWith("target/"))) {
    await mkdir(dirname(join(source, path)), { recursive: true });
    await copyFile(file, join(source, path));
    await chmod(join(source, path), 0o644);
  }
  await writeFile(output, "");
  const uid = process.geteuid?.() === 0 ? NOBODY : undefined;
  if (uid !== undefined) {
    await chmod(root, 0o711);
    await chown(output, uid, uid);
  }
  const { code, output: said } = await runProcess({
    command: await command(build, toolchain, { source, output }),
    cwd: "/",
    env: {},
    timeoutMs: build.timeoutMs ?? TIMEOUT_MS,
    log: build.log,
    ...(uid === undefined ? {} : { uid }),
    ...(build.signal === undefined ? {} : { signal: build.signal }),
  });
  if (code !== 0) throw failed(said);
  if ((await stat(output)).size > MAX_MODULE_BYTES) {
    throw new PlatformError("BUILD_FAILED", "The module is larger than 64 MiB.", {
      hint: 'Build for size: opt-level = "z", lto = true and strip = true under [profile.release].',
    });
  }
  return await readFile(output);
}

async function command(
  { files, environment }: RustBuild,
  { sysroot, target }: RustToolchain,
  { source, output }: { readonly source: string; readonly output: string },
): Promise<readonly [string, ...string[]]> {
  const bin = sysroot === "/usr" ? "/usr/bin" : "/rust/bin";
  return await buildJailCommand({
    source,
    output,
    path: environment["PATH"] ?? "",
    readable: sysroot === "/usr" ? {} : { "/rust": sysroot },
    env: {
      PATH: `${bin}:/usr/bin:/bin`,
      HOME: "/tmp",
      CARGO_HOME: "/tmp/cargo",
      CARGO_TERM_COLOR: "never",
      RUSTC: `${bin}/rustc`,
      TARGET: target,
      CRATES: await crateFolder(files),
    },
    command: ["/bin/sh", "-c", SCRIPT],
  });
}

/** Where crates are instead of crates.io; empty: nowhere. */
async function crateFolder(files: readonly SourceEntry[]): Promise<string> {
  if (files.some(({ path }) => path.startsWith("vendor/"))) return "/build/vendor";
  return await access(DEBIAN_CRATES).then(
    () => DEBIAN_CRATES,
    () => "",
  );
}

/** `[build] target` of .cargo/config.toml, which cargo itself reads when the author builds. */
async function namedTarget(files: readonly SourceEntry[]): Promise<string | undefined> {
  const config = files.find(({ path }) => path === ".cargo/config.toml" || path === ".cargo/config");
  if (config === undefined) return undefined;
  return /^\s*target\s*=\s*"(wasm32-[a-z0-9-]+)"/m.exec(await readFile(config.file, "utf8"))?.[1];
}

/** Cargo's first error in a sentence; the log has the rest. */
function failed(said: string): PlatformError {
  const own = /^berth: (.+)$/m.exec(said)?.[1];
  const [error] = /^error(?:\[E\d+\])?: .+$/m.exec(said) ?? [];
  const offline = /no matching package named|failed to (?:get|load source for)|--offline/.test(said);
  const hint = offline
    ? "A build has no network: cargo vendor puts the crates into vendor/; Debian's librust-*-dev are there too."
    : "The log shows what cargo said.";
  const why = own ?? error ?? said.trim().split("\n").at(-1) ?? "cargo said nothing";
  return new PlatformError("BUILD_FAILED", `The agent did not compile: ${why.slice(0, 500)}`, {
    internal: said.slice(-4_000),
    hint,
  });
}
