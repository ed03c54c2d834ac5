import { posix } from "node:path";
import { PlatformError } from "@berth/protocol";
import { missingEntry } from "./find-entry.ts";
import type { SourceEntry } from "./list-source-files.ts";
import { readText } from "./read-text.ts";

/**
 * The folder of the package that is the program: "." for the folder itself, else the only one below cmd/.
 * @throws CONFIG_INVALID when there is none, or more than one
 */
export async function findGoPackage(files: readonly SourceEntry[], configEntry: string | undefined): Promise<string> {
  const sources = files.filter(({ path }) => path.endsWith(".go") && !path.endsWith("_test.go"));
  if (configEntry !== undefined) {
    const folder = configEntry.endsWith(".go") ? posix.dirname(configEntry) : configEntry;
    if (sources.some(({ path }) => posix.dirname(path) === folder)) return folder;
    throw missingEntry("berth.json (entry)", configEntry);
  }
  const candidates = [".", ...new Set(sources.map(({ path }) => posix.dirname(path)))].filter(
    (folder) => folder === "." || /^cmd\/[^/]+$/.test(folder),
  );
  const programs: string[] = [];
  for (const folder of new Set(candidates)) {
    if (await isProgram(sources, folder)) programs.push(folder);
  }
  const [program, ...others] = programs;
  // A program at the top is the one; those below cmd/ are then its tools.
  if (program !== undefined && (program === "." || others.length === 0)) return program;
  const found = program === undefined ? "has no package main" : `has several programs: ${programs.join(", ")}`;
  throw new PlatformError("CONFIG_INVALID", `The folder ${found}.`, {
    hint: 'Put main.go beside go.mod or below cmd/<name>/, or name the folder with "entry" in berth.json.',
  });
}

async function isProgram(sources: readonly SourceEntry[], folder: string): Promise<boolean> {
  for (const { path } of sources.filter((source) => posix.dirname(source.path) === folder)) {
    if (/^package\s+main\b/m.test((await readText(sources, path)) ?? "")) return true;
  }
  return false;
}
