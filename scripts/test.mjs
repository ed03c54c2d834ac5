// `npm test`: installs what the tests need, then runs everything: verify (format, lint, types, unit tests, unused
// code) and the system tests. `--long` runs the counts that CI has no time for.
import { spawnSync } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { ensureDependencies, findNode, root } from "./ensure-dependencies.mjs";
import { ensureSystemPackages } from "./system-packages.mjs";

ensureDependencies();
ensureSystemPackages();

const bin = join(root, "node_modules", ".bin");
const PATH = [dirname(findNode()), bin, process.env.PATH, "/usr/sbin", "/sbin"].join(delimiter);
const long = process.argv.includes("--long");
const env = { ...process.env, PATH, ...(long ? { TEST_LONG: "1" } : {}) };

const STEPS = [
  ["oxfmt", "--check", "."],
  ["oxlint", "--deny-warnings"],
  ["tsc", "--noEmit"],
  ["knip"],
  ["vitest", "run"],
];
for (const [command, ...args] of STEPS) {
  process.stdout.write(`\n> ${command} ${args.join(" ")}\n`);
  const { status } = spawnSync(join(bin, command), args, { cwd: root, env, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
