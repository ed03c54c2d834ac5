import type { WorkspaceFile } from "./file.ts";

export interface Folder {
  readonly folders: readonly {
    readonly name: string;
    readonly prefix: string;
    readonly files: number;
    readonly bytes: number;
  }[];
  readonly files: readonly WorkspaceFile[];
}

/** What stands right below a prefix; there are no folders but what paths have in common. */
export function folderOf(files: readonly WorkspaceFile[], prefix: string): Folder {
  const folders = new Map<string, { files: number; bytes: number }>();
  const here: WorkspaceFile[] = [];
  for (const file of files) {
    if (!file.path.startsWith(prefix)) continue;
    const rest = file.path.slice(prefix.length);
    const slash = rest.indexOf("/");
    if (slash < 0) {
      here.push(file);
      continue;
    }
    const name = rest.slice(0, slash);
    const known = folders.get(name) ?? { files: 0, bytes: 0 };
    folders.set(name, { files: known.files + 1, bytes: known.bytes + file.bytes });
  }
  return {
    folders: [...folders]
      .map(([name, sums]) => ({ name, prefix: `${prefix}${name}/`, ...sums }))
      .toSorted((a, b) => a.name.localeCompare(b.name)),
    files: here,
  };
}

export interface Crumb {
  readonly name: string;
  readonly prefix: string;
}

export function crumbsOf(prefix: string): readonly Crumb[] {
  const names = prefix.split("/").filter((name) => name !== "");
  return names.map((name, at) => ({ name, prefix: `${names.slice(0, at + 1).join("/")}/` }));
}

export type DiffLine = { readonly kind: "place" | "same" | "added" | "removed"; readonly text: string };

/** A unified diff, line by line; the two lines of names above it are left out. */
export function diffLines(text: string): readonly DiffLine[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const first = lines.findIndex((line) => line.startsWith("@@"));
  return lines.slice(Math.max(first, 0)).map((line): DiffLine => {
    if (line.startsWith("@@")) return { kind: "place", text: line };
    if (line.startsWith("+")) return { kind: "added", text: line.slice(1) };
    if (line.startsWith("-")) return { kind: "removed", text: line.slice(1) };
    return { kind: "same", text: line.startsWith(" ") ? line.slice(1) : line };
  });
}
