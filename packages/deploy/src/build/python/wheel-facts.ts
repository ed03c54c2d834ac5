import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { posix } from "node:path";
import type { SourceEntry } from "../../source/list-source-files.ts";
import type { SourceFile } from "../../unpack/source-tree.ts";
import type { PackageFact } from "../built-files.ts";
import { pythonPurl, sorted } from "../facts/purl.ts";

const METADATA = /^[^/]+\.dist-info\/METADATA$/;

/** What was installed, as its own metadata says; digests are of the wheels that the source brought. */
export async function installedPackages(
  installed: readonly SourceFile[],
  wheels: readonly SourceEntry[],
): Promise<readonly PackageFact[]> {
  const digests = new Map<string, string>();
  for (const { path, file } of wheels) {
    const [name = "", version = ""] = posix.basename(path).split("-");
    const digest = createHash("sha256")
      .update(await readFile(file))
      .digest("hex");
    digests.set(pythonPurl(name, version), `sha256:${digest}`);
  }
  const facts = installed.flatMap(({ path, bytes }): readonly PackageFact[] => {
    if (!METADATA.test(path)) return [];
    const [head = ""] = new TextDecoder().decode(bytes).split(/\r?\n\r?\n/, 1);
    const field = (name: string): string | undefined =>
      new RegExp(`^${name}: (.{1,200})$`, "m").exec(head)?.[1]?.trim();
    const [name, version] = [field("Name"), field("Version")];
    if (name === undefined || version === undefined) return [];
    const purl = pythonPurl(name, version);
    const digest = digests.get(purl);
    const licence = field("License-Expression") ?? field("License");
    return [
      {
        purl,
        ...(digest === undefined ? {} : { digest }),
        ...(licence === undefined || licence === "UNKNOWN" ? {} : { licence }),
      },
    ];
  });
  return sorted(facts);
}
