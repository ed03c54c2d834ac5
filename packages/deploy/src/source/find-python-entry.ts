import { PlatformError } from "@berth/protocol";
import { missingEntry } from "./find-entry.ts";
import type { SourceEntry } from "./list-source-files.ts";
import { parseToml, tableOf } from "./parse-toml.ts";
import { readText } from "./read-text.ts";

const USUAL: readonly string[] = ["main", "app", "agent", "src/main", "src/app", "src/agent"].map(
  (stem) => `${stem}.py`,
);
const FUNCTION = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/;

/**
 * A file, or `module:function` as the first of pyproject.toml's scripts has it.
 * @throws CONFIG_INVALID
 */
export async function findPythonEntry(files: readonly SourceEntry[], configEntry: string | undefined): Promise<string> {
  const paths = new Set(files.map(({ path }) => path));
  if (configEntry !== undefined) {
    if (paths.has(configEntry)) return configEntry;
    throw missingEntry("berth.json (entry)", configEntry);
  }
  const [script] = Object.values(await scriptsOf(files));
  if (typeof script === "string" && FUNCTION.test(script)) return script;
  const found = USUAL.find((path) => paths.has(path));
  if (found !== undefined) return found;
  throw new PlatformError("CONFIG_INVALID", "The folder has no Python program to start.", {
    hint: `Add main.py, a function below [project.scripts] in pyproject.toml, or "entry" in berth.json.`,
  });
}

async function scriptsOf(files: readonly SourceEntry[]): Promise<object> {
  const text = await readText(files, "pyproject.toml");
  return text === undefined ? {} : (tableOf(parseToml(text, "pyproject.toml"), "project.scripts") ?? {});
}
