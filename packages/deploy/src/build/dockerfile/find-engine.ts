import { findProgram } from "../jail/jail-command.ts";
import { runProcess } from "../run-process.ts";
import { BuildahBuilds } from "./buildah-builds.ts";
import type { EngineBuilds } from "./engine-builds.ts";

interface EngineHints {
  readonly engine?: EngineBuilds;
  readonly environment?: { readonly [name: string]: string | undefined };
}

const TIMEOUT_MS = 20_000;

/** Whether Dockerfiles can be built: there is an engine, and what confines it; that needs root, see BuildahBuilds. */
export async function hasEngine({ engine, environment }: EngineHints): Promise<boolean> {
  if (engine !== undefined) return true;
  const path = environment?.["PATH"] ?? "";
  if (process.geteuid?.() !== 0) return false;
  const programs = await Promise.all(["buildah", "bwrap", "prlimit"].map((name) => findProgram(name, path)));
  return programs.every((program) => program !== undefined);
}

export async function findEngine(hints: EngineHints): Promise<EngineBuilds | undefined> {
  if (hints.engine !== undefined) return hints.engine;
  if (!(await hasEngine(hints))) return undefined;
  const program = await findProgram("buildah", hints.environment?.["PATH"] ?? "");
  if (program === undefined) return undefined;
  const env = { PATH: "/usr/bin:/bin", HOME: "/nonexistent" };
  const run = await runProcess({
    command: [program, "--version"],
    cwd: "/",
    env,
    timeoutMs: TIMEOUT_MS,
    log: () => {},
  });
  const version = /version (\S+)/.exec(run.output)?.[1];
  return run.code === 0 && version !== undefined ? new BuildahBuilds(program, version) : undefined;
}
