import { execFile } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const SUITE = require.resolve("@modelcontextprotocol/conformance/dist/index.js");
const INSPECTOR = require.resolve("@modelcontextprotocol/inspector/clients/launcher/build/index.js");
const EXPECTED = fileURLToPath(new URL("./expected-failures.yml", import.meta.url));

export interface Outcome {
  readonly code: number;
  readonly output: string;
}

export interface SuiteOutcome extends Outcome {
  readonly passed: number;
  readonly failed: number;
}

/** The official suite against a server. Its exit code is 0 only if what fails is expected, and what is expected fails. */
export async function runSuite(url: string, revision: string, folder: string): Promise<SuiteOutcome> {
  const about = ["server", "--url", url, "--requirements", revision, "-o", folder];
  const limits = ["--expected-failures", EXPECTED, "--timeout", "15000"];
  const { code, output } = await run([SUITE, ...about, ...limits]);
  const [, passed = "0", failed = "0"] = /Total: (\d+) passed, (\d+) failed/.exec(output) ?? [];
  return { code, output, passed: Number(passed), failed: Number(failed) };
}

interface Check {
  readonly id: string;
  readonly status: string;
}

/** One scenario of the suite; its checks as it wrote them down. */
export async function runScenario(
  url: string,
  { scenario, revision, folder }: { readonly scenario: string; readonly revision: string; readonly folder: string },
): Promise<Outcome & { readonly checks: ReadonlyMap<string, string> }> {
  const about = ["server", "--url", url, "--scenario", scenario, "--spec-version", revision, "-o", folder];
  const outcome = await run([SUITE, ...about]);
  const files = await readdir(folder, { recursive: true });
  const path = files.find((file) => file.endsWith("checks.json"));
  if (path === undefined) throw new Error(`the suite has written no checks: ${outcome.output}`);
  const checks = JSON.parse(await readFile(join(folder, path), "utf8")) as readonly Check[]; // the suite's own form
  return { ...outcome, checks: new Map(checks.map(({ id, status }) => [id, status])) };
}

/** The official inspector, which checks every schema it gets. */
export async function inspect(url: string, era: string, args: readonly string[]): Promise<Outcome> {
  return await run([INSPECTOR, "--cli", url, "--transport", "http", "--protocol-era", era, ...args]);
}

async function run(args: readonly string[]): Promise<Outcome> {
  return await new Promise((resolve) => {
    const env = { ...process.env, MCP_INSPECTOR_SECRET_STORE: "memory", NO_COLOR: "1" };
    execFile(
      process.execPath,
      args,
      { env, timeout: 100_000, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const code = typeof error?.code === "number" ? error.code : error === null ? 0 : 1;
        resolve({ code, output: `${stdout}${stderr}` });
      },
    );
  });
}
