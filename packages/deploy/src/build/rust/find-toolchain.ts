import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { PlatformError } from "@berth/protocol";
import { runProcess } from "../run-process.ts";

export interface RustToolchain {
  /** Has bin/rustc, bin/cargo and the target's standard library. */
  readonly sysroot: string;
  readonly target: string;
  /** Of rustc, such as 1.91.0. */
  readonly version: string;
}

export interface ToolchainQuery {
  /** Of the platform's own process: where rustc is, and where rustup keeps what it has. */
  readonly environment: { readonly [name: string]: string | undefined };
  /** The project names it; else the first of `TARGETS` that is there. */
  readonly target?: string;
  /** Looked at beside PATH. */
  readonly usual?: readonly string[];
}

/** With WASI first: variables, clock, random numbers and prints of the standard library work there. */
const TARGETS: readonly string[] = ["wasm32-wasip1", "wasm32-wasi", "wasm32-unknown-unknown"];

const USUAL: readonly string[] = ["/usr/local/bin", "/usr/bin"];
const TIMEOUT_MS = 20_000;

/** @throws BUILD_FAILED, with the commands that install one */
export async function findToolchain(query: ToolchainQuery): Promise<RustToolchain> {
  const sysroots = await findSysroots(query);
  for (const target of query.target === undefined ? TARGETS : [query.target]) {
    for (const sysroot of sysroots) {
      if (await hasTarget(sysroot, target)) return { sysroot, target, version: await versionOf(sysroot) };
    }
  }
  const wanted = query.target ?? "wasm32-wasip1";
  const found = sysroots.length === 0 ? "There is no Rust compiler here" : `No Rust compiler here has ${wanted}`;
  throw new PlatformError("BUILD_FAILED", `${found}: an agent in Rust cannot be built.`, {
    hint:
      "On the platform's machine, Debian: apt-get install rustc cargo libstd-rust-dev-wasm32. " +
      `Elsewhere: rustup target add ${wanted}. Or build it yourself and deploy the .wasm file.`,
  });
}

async function findSysroots({ environment, usual = USUAL }: ToolchainQuery): Promise<readonly string[]> {
  const folders = [...(environment["PATH"] ?? "").split(delimiter).filter(isAbsolute), ...usual];
  const found = new Set<string>();
  for (const compiler of new Set(folders.map((folder) => join(folder, "rustc")))) {
    if (!(await isExecutable(compiler))) continue;
    const sysroot = await sysrootOf(compiler, environment);
    // rustup's folder may be its owner's alone; the build is another user's.
    if (sysroot !== undefined && (await isReachable(sysroot))) found.add(sysroot);
  }
  return [...found];
}

/** Undefined: it does not run, as rustup's does without a toolchain. */
async function sysrootOf(compiler: string, environment: ToolchainQuery["environment"]): Promise<string | undefined> {
  const { HOME, RUSTUP_HOME } = environment;
  const env = {
    PATH: "/usr/bin:/bin",
    ...(HOME === undefined ? {} : { HOME }),
    ...(RUSTUP_HOME === undefined ? {} : { RUSTUP_HOME }),
  };
  const command = [compiler, "--print", "sysroot"] as const;
  const run = await runProcess({ command, cwd: "/", env, timeoutMs: TIMEOUT_MS, log: () => {} }).catch(() => undefined);
  const path = run?.code === 0 ? run.output.trim().split("\n").at(-1) : undefined;
  return path !== undefined && isAbsolute(path) ? path : undefined;
}

async function versionOf(sysroot: string): Promise<string> {
  const command = [join(sysroot, "bin/rustc"), "--version"] as const;
  const run = await runProcess({ command, cwd: "/", env: {}, timeoutMs: TIMEOUT_MS, log: () => {} });
  return /^rustc (\S+)/m.exec(run.output)?.[1] ?? "unknown";
}

async function hasTarget(sysroot: string, target: string): Promise<boolean> {
  const parts = ["bin/rustc", "bin/cargo", `lib/rustlib/${target}/lib`];
  const there = await Promise.all(parts.map(async (part) => await isThere(join(sysroot, part))));
  return there.every(Boolean);
}

async function isReachable(path: string): Promise<boolean> {
  for (let folder = path; folder !== "/"; folder = dirname(folder)) {
    const info = await stat(folder).catch(() => undefined);
    if (info === undefined || (info.mode & constants.S_IXOTH) === 0) return false;
  }
  return true;
}

async function isExecutable(file: string): Promise<boolean> {
  return await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
