import type { SourceEntry } from "../../source/list-source-files.ts";
import { readText } from "../../source/read-text.ts";
import type { PackageFact } from "../built-files.ts";
import { goPurl, sorted } from "./purl.ts";

const REQUIRED = /^\s*(?:require\s+)?([\w.~-]+\.[\w.~-]+(?:\/[\w.~!-]+)*)\s+(v\d[\w.+-]*)\s*(?:\/\/.*)?$/gm;
const VENDORED = /^# (\S+) (v\S+)(?: =>.*)?$/gm;

/** What is in vendor/, else everything that go.mod requires; digests as go.sum has them. */
export async function goModules(files: readonly SourceEntry[]): Promise<readonly PackageFact[]> {
  const vendored = await readText(files, "vendor/modules.txt");
  const manifest = (await readText(files, "go.mod")) ?? "";
  // What is left out by `exclude` and `replace` stands in blocks of their own.
  const required = manifest.replaceAll(/^\s*(?:exclude|replace|retract)\s*(?:\([^)]*\)|.*$)/gm, "");
  const modules = vendored === undefined ? required.matchAll(REQUIRED) : vendored.matchAll(VENDORED);
  const sums = sumsOf((await readText(files, "go.sum")) ?? "");
  return sorted(
    [...modules].map(([, module = "", version = ""]) => {
      const digest = sums.get(`${module} ${version}`);
      return { purl: goPurl(module, version), ...(digest === undefined ? {} : { digest }) };
    }),
  );
}

/** `h1:` is a SHA-256 over the module's files, in base64. */
function sumsOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    [...text.matchAll(/^(\S+) (v\S+) h1:([A-Za-z0-9+/]{43}=)$/gm)].map(([, module = "", version = "", sum = ""]) => [
      `${module} ${version}`,
      `sha256:${Buffer.from(sum, "base64").toString("hex")}`,
    ]),
  );
}
