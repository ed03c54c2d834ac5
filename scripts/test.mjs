// `npm test`: installs what the tests need, then runs everything: verify (format, lint, types, unit tests, unused
// code) and the system tests. `--long` runs the counts that CI has no time for.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { buildConsole } from "./build-console.mjs";
import { ensureDependencies, ensureTargetClients, findNode, root } from "./ensure-dependencies.mjs";
import { ensureSystemPackages } from "./system-packages.mjs";

ensureDependencies({ development: true });
ensureTargetClients();
ensureSystemPackages();
buildConsole();

const bin = join(root, "node_modules", ".bin");
const PATH = [dirname(findNode()), bin, process.env.PATH, "/usr/sbin", "/sbin"].join(delimiter);
const long = process.argv.includes("--long");
const env = { ...process.env, PATH, ...(long ? { TEST_LONG: "1" } : {}) };

// Tests are told from their reports, so that a run's last line says how many there were.
const reportFolder = mkdtempSync(join(tmpdir(), "berth-test-report-"));

const STEPS = [
  ["oxfmt", "--check", "."],
  ["oxlint", "--deny-warnings"],
  ["tsc", "--noEmit"],
  ["tsc", "--noEmit", "-p", "apps/console"],
  ["tsc", "--noEmit", "-p", "examples/expense-desk/web"],
  ["knip"],
  vitest("unit"),
];
let passed = STEPS.every(([command, ...args]) => {
  process.stdout.write(`\n> ${command} ${args.join(" ")}\n`);
  return spawnSync(join(bin, command), args, { cwd: root, env, stdio: "inherit" }).status === 0;
});
// Both wait more than they compute: a process that starts, a page that draws. Each runs its files one at a time.
if (passed) passed = (await Promise.all([runLane("system"), runLane("browser")])).every(Boolean);

const reports = readdirSync(reportFolder).map((name) => JSON.parse(readFileSync(join(reportFolder, name), "utf8")));
const sum = (of) => reports.reduce((total, report) => total + of(report), 0);
const skipped = sum(({ numPendingTests }) => numPendingTests);
process.stdout.write(
  `\n${sum(({ numPassedTests }) => numPassedTests)} passed, ${sum(({ numFailedTests }) => numFailedTests)} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`,
);
rmSync(reportFolder, { recursive: true, force: true });
process.exit(passed ? 0 : 1);

function vitest(project) {
  const report = `--outputFile.json=${join(reportFolder, `${project}.json`)}`;
  return ["vitest", "run", "--project", project, "--reporter=default", "--reporter=json", report];
}

/** Every line with its lane in front, since two print at once. */
async function runLane(project) {
  const [command, ...args] = vitest(project);
  process.stdout.write(`\n> ${command} ${args.join(" ")}\n`);
  const child = spawn(join(bin, command), args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => process.stdout.write(`${project} | ${line}\n`));
  }
  const [code] = await once(child, "close");
  return code === 0;
}
