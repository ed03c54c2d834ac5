import type { Bom } from "./distribution-queries.ts";

export interface BomPackage {
  readonly purl: string;
  readonly name: string;
  readonly version: string;
  readonly licence: string;
}

/** The packages that have what was typed in their name, version or licence, in the order of the list. */
export function packagesOf({ components }: Bom, wanted: string): readonly BomPackage[] {
  const needle = wanted.trim().toLowerCase();
  return (Array.isArray(components) ? components : [])
    .filter((each): each is NonNullable<Bom["components"]>[number] => typeof each === "object" && each !== null)
    .map(({ name, group, version, purl, licenses }) => ({
      purl: text(purl),
      name: [text(group), text(name)].filter((part) => part !== "").join("/"),
      version: text(version),
      licence: licenceOf(licenses),
    }))
    .filter((each) => Object.values(each).some((value) => value.toLowerCase().includes(needle)));
}

function licenceOf(licenses: unknown): string {
  if (!Array.isArray(licenses)) return "";
  return licenses
    .map((each: unknown) => {
      const license = memberOf(each, "license");
      return [memberOf(each, "expression"), memberOf(license, "id"), memberOf(license, "name")].map(text).join("");
    })
    .join(", ");
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  // It is an object that has it.
  return (value as { readonly [name: string]: unknown })[name];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
