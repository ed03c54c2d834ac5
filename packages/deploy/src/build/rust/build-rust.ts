import { access, readFile } from "node:fs/promises";
import { PlatformError } from "@berth/protocol";
import type { SourceEntry } from "../../source/list-source-files.ts";
import { cargoPackages } from "../facts/cargo-packages.ts";
import type { BuiltFiles } from "../built-files.ts";
import { runInJail } from "../jail/run-in-jail.ts";
import type { JailOptions } from "../jail/run-in-jail.ts";
import { MODULE_PATH } from "../module-release.ts";
import { isData } from "../release-files.ts";
import { findToolchain } from "./find-toolchain.ts";
import type { RustToolchain } from "./find-toolchain.ts";

export interface RustBuild extends JailOptions {
  readonly files: readonly SourceEntry[];
}

const MAX_MODULE_BYTES = 64 * 1024 * 1024;
/** Where Debian's librust-*-dev packages put crates. */
const DEBIAN_CRATES = "/usr/share/cargo/registry";
const NO_DATA =
  /(^|\/)(Cargo\.(toml|lock)|rust-toolchain(\.toml)?|rustfmt\.toml|[^/]+\.rs)$|^(target|vendor|\.cargo)\//;

/** Copied into memory, so that the source stays as it is and paths in the module are the same everywhere. */
const SCRIPT = `cp -r /source/. .
mkdir -p .berth
set -- build --release --offline --target "$TARGET" --target-dir /build/.berth
if [ -n "\${CRATES:-}" ]; then
  set -- "$@" --config "source.crates-io.replace-with='berth'" --config "source.berth.directory='$CRATES'"
fi
cargo "$@"
set -- .berth/"$TARGET"/release/*.wasm
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
export async function buildRust(build: RustBuild): Promise<BuiltFiles> {
  const files = build.files.filter(({ path }) => !path.startsWith("target/"));
  const { environment } = build;
  const target = await namedTarget(files);
  const toolchain = await findToolchain({ environment, ...(target === undefined ? {} : { target }) });
  build.log(`cargo build for ${toolchain.target} with ${toolchain.sysroot}`);
  const module = await compile({ ...build, files }, toolchain);
  const data = files.filter(({ path }) => isData(path) && !NO_DATA.test(path) && path !== MODULE_PATH);
  const kept = await Promise.all(data.map(async ({ path, file }) => ({ path, bytes: await readFile(file) })));
  return {
    files: [...kept, { path: MODULE_PATH, bytes: module }],
    entry: MODULE_PATH,
    what: "a WebAssembly module",
    facts: {
      buildpack: "rust-wasm",
      tools: { rustc: toolchain.version, target: toolchain.target },
      packages: await cargoPackages(files),
    },
  };
}

async function compile(build: RustBuild, { sysroot, target, version }: RustToolchain): Promise<Uint8Array> {
  const bin = sysroot === "/usr" ? "/usr/bin" : "/rust/bin";
  const lock = build.files.find(({ path }) => path === "Cargo.lock");
  const { code, said, output } = await runInJail({
    ...build,
    script: SCRIPT,
    readable: sysroot === "/usr" ? {} : { "/rust": sysroot },
    env: {
      PATH: `${bin}:/usr/bin:/bin`,
      CARGO_HOME: "/tmp/cargo",
      CARGO_TERM_COLOR: "never",
      RUSTC: `${bin}/rustc`,
      TARGET: target,
      CRATES: await crateFolder(build.files),
    },
    cacheKey: `rust ${version} ${target} ${lock === undefined ? "" : await readFile(lock.file, "utf8")}`,
  });
  if (code !== 0) throw failed(said);
  if (output.length > MAX_MODULE_BYTES) {
    throw new PlatformError("BUILD_FAILED", "The module is larger than 64 MiB.", {
      hint: 'Build for size: opt-level = "z", lto = true and strip = true under [profile.release].',
    });
  }
  return output;
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
