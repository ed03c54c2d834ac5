import { access, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PlatformError } from "@berth/protocol";
import { findProgram } from "../jail/jail-command.ts";
import { runProcess } from "../run-process.ts";

export interface GoToolchain {
  /** Has bin/go; outside /usr it is shown to the build at /go. */
  readonly root: string;
  readonly version: string;
}

const USUAL = "/usr/local/go/bin";
const TIMEOUT_MS = 20_000;

/** @throws BUILD_FAILED, with what installs one */
export async function findGo(environment: { readonly [name: string]: string | undefined }): Promise<GoToolchain> {
  const program = await findProgram("go", `${environment["PATH"] ?? ""}:${USUAL}`);
  const root = program === undefined ? undefined : dirname(dirname(await realpath(program)));
  if (root === undefined || !(await isThere(join(root, "bin/go")))) throw missing();
  const command = [join(root, "bin/go"), "version"] as const;
  const env = { PATH: "/usr/bin:/bin", GOENV: "off", GOTOOLCHAIN: "local", HOME: "/nonexistent" };
  const run = await runProcess({ command, cwd: "/", env, timeoutMs: TIMEOUT_MS, log: () => {} });
  const version = /^go version go(\S+)/m.exec(run.output)?.[1];
  if (run.code !== 0 || version === undefined) throw missing();
  return { root, version };
}

async function isThere(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}

function missing(): PlatformError {
  return new PlatformError("BUILD_FAILED", "There is no Go compiler here: an agent in Go cannot be built.", {
    hint: "On the platform's machine, Debian: apt-get install golang-go. Elsewhere: https://go.dev/dl/, unpacked to /usr/local/go.",
  });
}
