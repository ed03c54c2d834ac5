/** Package URLs, https://github.com/package-url/purl-spec. */
export function npmPurl(name: string, version: string): string {
  return `pkg:npm/${name.split("/").map(encodeURIComponent).join("/")}@${encodeURIComponent(version)}`;
}

export function pythonPurl(name: string, version: string): string {
  return `pkg:pypi/${encodeURIComponent(name.toLowerCase().replaceAll(/[-_.]+/g, "-"))}@${encodeURIComponent(version)}`;
}

export function cargoPurl(name: string, version: string): string {
  return `pkg:cargo/${encodeURIComponent(name)}@${encodeURIComponent(version)}`;
}

export function goPurl(module: string, version: string): string {
  return `pkg:golang/${module.split("/").map(encodeURIComponent).join("/")}@${encodeURIComponent(version)}`;
}

/** Sorted and without repeats, so that the same build tells the same. */
export function sorted<T extends { readonly purl: string }>(packages: readonly T[]): readonly T[] {
  const byPurl = new Map(packages.map((each) => [each.purl, each]));
  return [...byPurl.values()].sort((a, b) => (a.purl < b.purl ? -1 : 1));
}

/** `reference` as it was named, such as `registry.example.com/team/echo:1.0`. */
export function ociPurl(reference: string, digest: string): string {
  const [path = ""] = reference
    .replace(/@.*$/, "")
    .replace(/:[^/:]*$/, "")
    .split("@");
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  return `pkg:oci/${encodeURIComponent(name)}@${encodeURIComponent(digest)}?repository_url=${encodeURIComponent(path)}`;
}
