// Builds the console when its sources are newer than what was built. Plain JavaScript, see ensure-dependencies.mjs.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fail, findNode, root } from "./ensure-dependencies.mjs";

const SOURCES = ["apps/console/web", "packages/ledger/src", "packages/telemetry/src", "packages/protocol/src"];
const FILES = ["apps/console/vite.config.ts", "apps/console/package.json", "package-lock.json"];

/** Does nothing when what was built is of these very sources. */
export function buildConsole() {
  const stamp = join(root, "apps/console/dist/.stamp");
  const digest = digestOfSources();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return;
  const started = Date.now();
  const vite = join(root, "node_modules/vite/bin/vite.js");
  const { status, stdout, stderr } = spawnSync(findNode(), [vite, "build", "--logLevel", "warn"], {
    cwd: join(root, "apps/console"),
    encoding: "utf8",
  });
  if (status !== 0) {
    process.stderr.write(`${stdout}${stderr}`);
    fail("building the console failed");
  }
  writeFileSync(stamp, digest);
  process.stderr.write(`built the console in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}

function digestOfSources() {
  const hash = createHash("sha256");
  const inFolders = SOURCES.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  for (const file of [...inFolders, ...FILES.map((name) => join(root, name))].sort()) {
    hash.update(`${file.slice(root.length)}\0`).update(readFileSync(file));
  }
  return hash.digest("hex");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildConsole();
