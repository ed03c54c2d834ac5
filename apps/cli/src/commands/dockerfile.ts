import { stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type * as Dockerfiles from "@berth/deploy/dockerfile";
import { PlatformError } from "@berth/protocol";
import type { Command, CommandContext, CommandResult } from "../command.ts";
import { ExitCode } from "../exit-code.ts";
import { oneLine } from "../render/printable.ts";

const NAMES = ["Dockerfile", "Containerfile"];

export const dockerfileCommand: Command = {
  name: "dockerfile",
  summary: "Look at an agent's Dockerfile, or write one for an agent that has none.",
  details: "Nothing that is there is overwritten. A deployment needs no Dockerfile; it is for building elsewhere.",
  positionals: [{ name: "DIR", optional: true, summary: "the agent; default: the current folder" }],
  options: {},
  examples: ["a2a dockerfile", "a2a dockerfile examples/go-stdlib --json"],
  run: dockerfile,
};

async function dockerfile({ args, io, colors }: CommandContext): Promise<CommandResult> {
  const folder = resolve(io.cwd, args.positional("DIR") ?? ".");
  for (const name of NAMES) if (await isThere(join(folder, name))) return await check(folder, name, colors);
  const { checkDockerfile, dockerfileFor } = await dockerfiles();
  const { buildpack, reason, ...made } = await dockerfileFor(folder);
  const written = [await writeNew(folder, "Dockerfile", made.dockerfile)];
  if (!(await isThere(join(folder, ".dockerignore")))) {
    written.push(await writeNew(folder, ".dockerignore", made.dockerignore));
  }
  return {
    json: { folder, buildpack, reason, written, findings: await checkDockerfile(folder, "Dockerfile") },
    text: `wrote ${written.join(" and ")} for ${buildpack}, because ${oneLine(reason, 200)}\nPin its images with their digests, then: docker build ${oneLine(folder, 500)}`,
    exitCode: ExitCode.Done,
  };
}

async function check(folder: string, name: string, colors: CommandContext["colors"]): Promise<CommandResult> {
  const { checkDockerfile } = await dockerfiles();
  const findings = await checkDockerfile(folder, name);
  const lines = findings.map(({ severity, line, rule, message }) => {
    const shown = severity === "error" ? colors.red(severity) : severity;
    return `${name}:${line}: ${shown}: ${oneLine(message, 500)} (${rule})`;
  });
  const isBroken = findings.some(({ severity }) => severity === "error");
  return {
    json: { folder, file: name, written: [], findings },
    text: lines.length === 0 ? `${name}: nothing to mend` : lines.join("\n"),
    exitCode: isBroken ? ExitCode.Failed : ExitCode.Done,
  };
}

/** No other command waits for what parses them. */
async function dockerfiles(): Promise<typeof Dockerfiles> {
  return await import("@berth/deploy/dockerfile");
}

async function writeNew(folder: string, name: string, text: string): Promise<string> {
  try {
    await writeFile(join(folder, name), text, { flag: "wx" });
  } catch (error) {
    throw new PlatformError("CONFIG_INVALID", `${name} could not be written into ${folder}.`, { cause: error });
  }
  return name;
}

async function isThere(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    () => false,
  );
}
