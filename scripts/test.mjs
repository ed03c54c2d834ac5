// `npm test`: installs what the tests need, then runs everything: verify (format, lint, types, unit tests, unused
// code) and the system tests. `--long` runs the counts that CI has no time for.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { ensureDependencies, findNode, root } from "./ensure-dependencies.mjs";
import { ensureSystemPackages } from "./system-packages.mjs";

ensureDependencies({ development: true });
ensureSystemPackages();

const bin = join(root, "node_modules", ".bin");
const PATH = [dirname(findNode()), bin, process.env.PATH, "/usr/sbin", "/sbin"].join(delimiter);
const long = process.argv.includes("--long");
const env = { ...process.env, PATH, ...(long ? { TEST_LONG: "1" } : {}) };

// Tests are told from their report, so that a run's last line says how many there were.
const reportFolder = mkdtempSync(join(tmpdir(), "berth-test-report-"));
const report = join(reportFolder, "report.json");

const STEPS = [
  ["oxfmt", "--check", "."],
  ["oxlint", "--deny-warnings"],
  ["tsc", "--noEmit"],
  ["knip"],
  ["vitest", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
];
let failed = false;
for (const [command, ...args] of STEPS) {
  process.stdout.write(`\n> ${command} ${args.join(" ")}\n`);
  const { status } = spawnSync(join(bin, command), args, { cwd: root, env, stdio: "inherit" });
  failed = status !== 0;
  if (failed) break;
}
if (existsSync(report)) {
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, "utf8"));
  const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : "";
  process.stdout.write(`\n${numPassedTests} passed, ${numFailedTests} failed${skipped}\n`);
}
rmSync(reportFolder, { recursive: true, force: true });
process.exit(failed ? 1 : 0);
