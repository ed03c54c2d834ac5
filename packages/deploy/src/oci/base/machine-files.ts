import { readlink, realpath, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { LayerEntry } from "../tar/layer-entry.ts";

const AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt";
const TOP_LINKS = ["bin", "lib", "lib64", "sbin"];

/** Files of an image by their path in it, without a leading slash: each is there once, however often it is added. */
export class MachineFiles {
  readonly #entries = new Map<string, LayerEntry>();

  add(...entries: readonly LayerEntry[]): void {
    for (const entry of entries) if (!this.#entries.has(entry.path)) this.#entries.set(entry.path, entry);
  }

  /** A file of this machine, what a link leads to in place of the link; at `at`, or where it lies here. */
  async addFile(path: string, at?: string): Promise<void> {
    const source = await realpath(path);
    const { mode, size } = await stat(source);
    const folder = await realpath(dirname(path));
    const target = at ?? `${folder}/${basename(path)}`;
    this.add({ kind: "file", path: target.slice(1), mode: (mode & 0o111) === 0 ? 0o644 : 0o755, source, size });
  }

  /** /lib and the like are links into /usr where they are so here: the loader's path goes through one. */
  async addTopLinks(): Promise<void> {
    for (const name of TOP_LINKS) {
      const target = await readlink(`/${name}`).catch(() => undefined);
      if (target !== undefined) this.add({ kind: "link", path: name, target });
    }
  }

  async addAuthorities(): Promise<void> {
    if (
      await stat(AUTHORITIES).then(
        () => true,
        () => false,
      )
    )
      await this.addFile(AUTHORITIES, AUTHORITIES);
  }

  /** What programs expect of any system: nobody to run as, a place for passing files, names that resolve. */
  addAccounts(): void {
    this.add(
      { kind: "folder", path: "app" },
      { kind: "folder", path: "dev" },
      { kind: "folder", path: "proc" },
      { kind: "folder", path: "run" },
      { kind: "folder", path: "sys" },
      { kind: "folder", path: "tmp", mode: 0o1777 },
      textFile("etc/passwd", "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/tmp:/sbin/nologin\n"),
      textFile("etc/group", "root:x:0:\nnonroot:x:65532:\n"),
      textFile("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
    );
  }

  get entries(): readonly LayerEntry[] {
    return [...this.#entries.values()];
  }
}

function textFile(path: string, text: string): LayerEntry {
  return { kind: "bytes", path, mode: 0o644, bytes: new TextEncoder().encode(text) };
}
