// The programs that the system tests drive, and how to get them. Plain JavaScript, see ensure-dependencies.mjs.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fail } from "./ensure-dependencies.mjs";

const NEEDED = [
  { program: "bwrap", debian: "bubblewrap", why: "the sandbox of agents" },
  { program: "git", debian: "git", why: "sources that are repositories" },
  { program: "chromium", debian: "chromium", why: "looks at the console" },
  { program: "openssl", debian: "openssl", why: "verifies receipts with code that is not ours" },
  { program: "python3", debian: "python3", why: "verifies the ledger with code that is not ours" },
  { program: "strace", debian: "strace", why: "shows that acknowledged writes were synced" },
  { program: "go", debian: "golang-go", why: "verifies receipts with a program that is not ours" },
  {
    file: "/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog/tlog.go",
    debian: "golang-golang-x-mod-dev",
    why: "the proofs that this program verifies with",
  },
  { program: "promtool", debian: "prometheus", why: "checks /metrics with code that is not ours" },
  { program: "protoc", debian: "protobuf-compiler", why: "reads what is exported with code that is not ours" },
  { program: "mkfs.ext4", debian: "e2fsprogs", why: "the power-loss test" },
  { file: "/usr/bin/rustc", debian: "rustc", why: "agents in Rust" },
  { file: "/usr/bin/cargo", debian: "cargo", why: "agents in Rust" },
  { file: "/usr/lib/rustlib/wasm32-unknown-unknown/lib", debian: "libstd-rust-dev-wasm32", why: "agents in Rust" },
  { file: "/usr/lib/python3/dist-packages/pip", debian: "python3-pip", why: "installs what agents in Python require" },
  { program: "buildah", debian: "buildah", why: "builds agents with a Dockerfile", optional: true },
  { program: "dockerd", debian: "docker.io", why: "runs agents in containers", optional: true },
  { program: "docker-registry", debian: "docker-registry", why: "images are pushed to a registry that is not ours" },
  { program: "skopeo", debian: "skopeo", why: "reads images with code that is not ours" },
  { program: "prlimit", debian: "util-linux", why: "limits of agents where there are no cgroups" },
];

/**
 * Installs what is missing as root on Debian; elsewhere names each missing tool with the command to get it. What is
 * optional is installed with the rest, and its tests say that it is not there where it cannot be.
 */
export function ensureSystemPackages() {
  const missing = NEEDED.filter((needed) => !isHere(needed));
  if (missing.length === 0) return;
  const names = missing.map(({ debian }) => debian);
  if (process.getuid?.() !== 0 || !onPath("apt-get")) {
    const needed = missing.filter(({ optional }) => optional !== true);
    if (needed.length === 0) return;
    const lines = needed.map(
      ({ program, file, debian, why }) => `  ${program ?? file} (${why}): apt-get install ${debian}`,
    );
    fail(`the tests need programs that are not here:\n${lines.join("\n")}`);
  }
  process.stderr.write(`installing for the tests: ${names.join(" ")}\n`);
  run("apt-get", ["update", "-qq"]);
  run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...names]);
  const still = NEEDED.filter((needed) => !isHere(needed)).map(({ program, file }) => program ?? file);
  if (still.length > 0) fail(`apt-get installed its packages, and these are still missing: ${still.join(", ")}`);
}

function isHere({ program, file }) {
  return file === undefined ? onPath(program) : existsSync(file);
}

function run(command, args) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const { status } = spawnSync(command, args, { env, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) fail(`${command} ${args.join(" ")} ended with ${status}`);
}

function onPath(program) {
  const folders = `${process.env.PATH ?? ""}${delimiter}/usr/sbin${delimiter}/sbin`.split(delimiter);
  return folders.some((folder) => isExecutable(join(folder, program)));
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
