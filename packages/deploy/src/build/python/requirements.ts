import { PlatformError } from "@berth/protocol";
import type { SourceEntry } from "../../source/list-source-files.ts";
import { parseToml, tableOf, tablesOf } from "../../source/parse-toml.ts";
import { readText } from "../../source/read-text.ts";

/** A line of pip's, without anything that names a place: `name[extra]==1.0; marker`, with its hashes. */
const REQUIREMENT =
  /^([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)(\[[\w.,\s-]*\])?\s*((?:(?:===?|~=|!=|<=?|>=?)\s*[\w.*+!-]+\s*,?\s*)*)(;[^#]{0,500})?((?:\s+--hash=sha256:[0-9a-f]{64})*)$/;
const MAX_REQUIREMENTS = 2_000;

/**
 * What pip shall install, from requirements.txt, uv.lock or pyproject.toml: the first that is there. Our own lines, as pip
 * reads options, files and addresses out of the author's.
 * @throws CONFIG_INVALID naming the line that is more than a version
 */
export async function readRequirements(files: readonly SourceEntry[]): Promise<readonly string[]> {
  const listed = await readText(files, "requirements.txt");
  if (listed !== undefined) return parseRequirements(listed, "requirements.txt");
  const locked = await readText(files, "uv.lock");
  if (locked !== undefined) return parseUvLock(locked);
  const project = await readText(files, "pyproject.toml");
  const dependencies = project === undefined ? undefined : tableOf(parseToml(project, "pyproject.toml"), "project");
  const named = dependencies?.["dependencies"] ?? [];
  return parseRequirements(typeof named === "string" ? named : named.join("\n"), "pyproject.toml");
}

export function parseRequirements(text: string, file: string): readonly string[] {
  const lines = text
    .replaceAll(/\\\r?\n/g, " ")
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
  if (lines.length > MAX_REQUIREMENTS) throw new PlatformError("CONFIG_INVALID", `${file} has too many lines.`);
  const wrong = lines.find((line) => line.length > 8_000 || !REQUIREMENT.test(line));
  if (wrong === undefined) return lines;
  throw new PlatformError("CONFIG_INVALID", `${file}: ${JSON.stringify(wrong.slice(0, 200))} is not taken.`, {
    hint: "Requirements are names with versions, such as flask==3.0.0; options, files, git and URLs are not taken. Wheels are put into wheels/.",
  });
}

function parseUvLock(text: string): readonly string[] {
  // The project itself and its neighbours have a path for a source.
  const packages = tablesOf(parseToml(text, "uv.lock"), "package").filter(({ source }) =>
    /\bregistry\s*=/.test(String(source ?? "")),
  );
  const lines = packages.map(({ name, version }) => `${String(name)}==${String(version)}`);
  return parseRequirements(lines.join("\n"), "uv.lock");
}
