import type { SourceEntry } from "../../source/list-source-files.ts";
import { parseToml, tableOf, tablesOf } from "../../source/parse-toml.ts";
import { readText } from "../../source/read-text.ts";
import type { PackageFact } from "../built-files.ts";
import { cargoPurl, sorted } from "./purl.ts";

/** What Cargo.lock names beside the package itself; licences are known of crates in the vendor folder. */
export async function cargoPackages(files: readonly SourceEntry[]): Promise<readonly PackageFact[]> {
  const lock = await readText(files, "Cargo.lock");
  if (lock === undefined) return [];
  const crates = tablesOf(parseToml(lock, "Cargo.lock"), "package").filter(({ source }) => source !== undefined);
  const facts = crates.map(async ({ name, version, checksum }): Promise<PackageFact> => {
    const licence = await licenceOf(files, String(name));
    return {
      purl: cargoPurl(String(name), String(version)),
      ...(typeof checksum === "string" && /^[0-9a-f]{64}$/.test(checksum) ? { digest: `sha256:${checksum}` } : {}),
      ...(licence === undefined ? {} : { licence }),
    };
  });
  return sorted(await Promise.all(facts));
}

async function licenceOf(files: readonly SourceEntry[], name: string): Promise<string | undefined> {
  const manifest = await readText(files, `vendor/${name}/Cargo.toml`);
  if (manifest === undefined) return undefined;
  const licence = tableOf(parseToml(manifest, "Cargo.toml"), "package")?.["license"];
  return typeof licence === "string" ? licence : undefined;
}
