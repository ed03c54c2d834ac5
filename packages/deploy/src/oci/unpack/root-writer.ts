import { constants } from "node:fs";
import { chmod, link, mkdir, open, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { refused } from "./image-limits.ts";
import type { ImageLimits } from "./image-limits.ts";
import { RootTree } from "./root-tree.ts";
import type { ResolvedFolder, RootFolder, RootNode } from "./root-tree.ts";

/** Never through a link, never over anything that is there. */
const CREATE_ONLY = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * Writes what layers hold into a folder that is nobody else's. Every path that reaches the file system is made of names
 * that RootTree knows to be folders, so no link is ever followed on the way. All files may be read by everybody, none
 * has a setuid bit, and all belong to whoever runs this.
 */
export class RootWriter {
  readonly #folder: string;
  readonly #limits: ImageLimits;
  readonly #tree = new RootTree();
  #layer = 0;

  constructor(folder: string, limits: ImageLimits) {
    this.#folder = folder;
    this.#limits = limits;
  }

  beginLayer(): void {
    this.#layer += 1;
  }

  /** When everything is in it: from now on others may look. */
  async open(): Promise<void> {
    await chmod(this.#folder, 0o755);
  }

  /** A folder that is there stays, with what is in it. */
  async folder(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    const { parent, name } = await this.#place(names);
    const there = parent.folder.children.get(name);
    if (there?.kind === "folder") {
      there.layer = this.#layer;
      return;
    }
    // A link to a folder stays one: else a layer that lists /lib would take /usr/lib's files from everybody.
    if (there?.kind === "link" && this.#tree.resolve([...parent.parts, name]) !== undefined) return;
    await this.#remove(parent, name);
    await this.#makeFolder(parent, name);
  }

  async file(names: readonly string[], content: AsyncIterable<Uint8Array>, executable: boolean): Promise<void> {
    const { parent, name } = await this.#place(names);
    await this.#remove(parent, name);
    const handle = await open(this.#path(parent, name), CREATE_ONLY, 0o600);
    try {
      for await (const chunk of content) {
        for (let at = 0; at < chunk.length;) at += (await handle.write(chunk, at)).bytesWritten;
      }
      await handle.chmod(executable ? 0o755 : 0o644);
    } finally {
      await handle.close();
    }
    parent.folder.children.set(name, { kind: "file", layer: this.#layer });
  }

  /** Kept as it is: whoever runs in the root follows it there. */
  async symlink(names: readonly string[], target: string): Promise<void> {
    if (target === "" || target.length > this.#limits.maxPathLength || target.includes("\0")) {
      throw refused("The image holds a link that leads nowhere that can be.");
    }
    const { parent, name } = await this.#place(names);
    await this.#remove(parent, name);
    await symlink(target, this.#path(parent, name));
    parent.folder.children.set(name, { kind: "link", layer: this.#layer, target });
  }

  /** Another name of a file that is there. @throws ARCHIVE_REFUSED */
  async hardlink(names: readonly string[], target: readonly string[]): Promise<void> {
    const name = target.at(-1);
    const from = this.#tree.resolve(target.slice(0, -1));
    const there = name === undefined ? undefined : from?.folder.children.get(name);
    if (from === undefined || name === undefined || there === undefined || there.kind === "folder") {
      throw refused(
        `The image holds a hard link to ${JSON.stringify(target.join("/").slice(0, 120))}, which is not there.`,
      );
    }
    if (there.kind === "link") {
      await this.symlink(names, there.target);
      return;
    }
    const to = await this.#place(names);
    // Onto itself: removing it first would lose it.
    if (to.parent.folder === from.folder && to.name === name) return;
    await this.#remove(to.parent, to.name);
    const still = this.#tree.resolve(from.parts)?.folder.children.get(name);
    if (still !== there) throw refused("The image holds a hard link over its own target.");
    await link(this.#path(from, name), this.#path(to.parent, to.name));
    to.parent.folder.children.set(to.name, { kind: "file", layer: this.#layer });
  }

  /** What layers below have under this name is gone. */
  async whiteout(folder: readonly string[], name: string): Promise<void> {
    const parent = this.#tree.resolve(folder);
    if (parent === undefined) return;
    await this.#removeOlder(parent, name);
  }

  /** What layers below have in this folder is gone. */
  async opaque(names: readonly string[]): Promise<void> {
    const folder = this.#tree.resolve(names);
    if (folder === undefined) return;
    for (const name of folder.folder.children.keys()) await this.#removeOlder(folder, name);
  }

  /** A folder stays where this layer has put something into it. */
  async #removeOlder(parent: ResolvedFolder, name: string): Promise<void> {
    const node = parent.folder.children.get(name);
    if (node === undefined) return;
    if (!hasLayer(node, this.#layer)) {
      await this.#remove(parent, name);
      return;
    }
    if (node.kind !== "folder") return;
    const inside = { parts: [...parent.parts, name], folder: node };
    for (const child of node.children.keys()) await this.#removeOlder(inside, child);
  }

  /** The folder to write into, made where it is missing. */
  async #place(names: readonly string[]): Promise<{ readonly parent: ResolvedFolder; readonly name: string }> {
    const name = names.at(-1);
    if (name === undefined) throw refused("The image holds a file without a name.");
    const above = names.slice(0, -1);
    const there = this.#tree.resolve(above);
    if (there !== undefined) return { parent: there, name };
    let parent: ResolvedFolder = { parts: [], folder: this.#tree.root };
    for (const part of above) parent = await this.#enter(parent, part);
    return { parent, name };
  }

  async #enter(parent: ResolvedFolder, name: string): Promise<ResolvedFolder> {
    const there = this.#tree.resolve([...parent.parts, name]);
    if (there !== undefined) return there;
    await this.#remove(parent, name);
    return { parts: [...parent.parts, name], folder: await this.#makeFolder(parent, name) };
  }

  async #makeFolder(parent: ResolvedFolder, name: string): Promise<RootFolder> {
    if (parent.parts.length >= this.#limits.maxDepth) {
      throw refused(`The image holds files more than ${this.#limits.maxDepth} folders deep.`);
    }
    await mkdir(this.#path(parent, name), { mode: 0o755 });
    const folder: RootFolder = { kind: "folder", layer: this.#layer, children: new Map() };
    parent.folder.children.set(name, folder);
    return folder;
  }

  async #remove(parent: ResolvedFolder, name: string): Promise<void> {
    if (!parent.folder.children.has(name)) return;
    // rm does not follow links: of a link, the link goes.
    await rm(this.#path(parent, name), { recursive: true, force: true });
    parent.folder.children.delete(name);
  }

  #path(parent: ResolvedFolder, name: string): string {
    return join(this.#folder, ...parent.parts, name);
  }
}

function hasLayer(node: RootNode, layer: number): boolean {
  if (node.layer === layer) return true;
  return node.kind === "folder" && node.children.values().some((child) => hasLayer(child, layer));
}
