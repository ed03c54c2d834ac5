import { refused } from "./image-limits.ts";

export type RootNode = RootFolder | RootFile | RootLink;

export interface RootFolder {
  readonly kind: "folder";
  layer: number;
  readonly children: Map<string, RootNode>;
}

interface RootFile {
  readonly kind: "file";
  readonly layer: number;
}

interface RootLink {
  readonly kind: "link";
  readonly layer: number;
  readonly target: string;
}

/** As the kernel's: more than this many links in a row are a circle. */
const MAX_LINKS = 40;

export interface ResolvedFolder {
  /** Names from the root, none of which is a link. */
  readonly parts: readonly string[];
  readonly folder: RootFolder;
}

/**
 * What lies in the root so far, in memory. Names are looked up here and never by the file system: a link that a layer
 * brought leads somewhere inside the root, or nowhere, whatever it says.
 */
export class RootTree {
  readonly root: RootFolder = { kind: "folder", layer: 0, children: new Map() };

  /**
   * The folder behind these names, with links followed as they would be with this folder as `/`. Undefined where
   * something is missing or is no folder. @throws ARCHIVE_REFUSED for a circle of links
   */
  resolve(names: readonly string[]): ResolvedFolder | undefined {
    let waiting = [...names];
    let stack: { readonly name: string; readonly folder: RootFolder }[] = [];
    let links = 0;
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      if (name === "" || name === ".") continue;
      if (name === "..") {
        stack.pop();
        continue;
      }
      const child = (stack.at(-1)?.folder ?? this.root).children.get(name);
      if (child?.kind === "folder") stack.push({ name, folder: child });
      else if (child?.kind === "link") {
        links += 1;
        if (links > MAX_LINKS) throw refused("The image holds links that lead round in a circle.");
        if (child.target.startsWith("/")) stack = [];
        waiting = [...child.target.split("/"), ...waiting];
      } else return undefined;
    }
    return { parts: stack.map(({ name }) => name), folder: stack.at(-1)?.folder ?? this.root };
  }
}
