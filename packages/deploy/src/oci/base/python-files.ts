import { open, readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { LayerEntry } from "../tar/layer-entry.ts";
import { folderEntries } from "../tar/folder-entries.ts";

/** Debian's: what else is called python3 on a PATH may be a script that looks for one. */
const PYTHON = "/usr/bin/python3";
const HEADER_BYTES = 16;
/** PEP 552: the file is taken without looking at its source, whose time is another one in an image. */
const UNCHECKED_HASH = 1;
const LEFT_OUT =
  /^(?:test|idlelib|tkinter|turtledemo|ensurepip|lib2to3|pydoc_data|config-[^/]*|__phello__|turtle\.py|EXTERNALLY-MANAGED)$/;
const LEFT_OUT_BELOW = /(?:^|\/)(?:tests?|_test[^/]*|idle_test)(?:\.[^/]*)?$/;

export interface PythonFiles {
  readonly interpreter: string;
  /** Such as `python3.11`. */
  readonly name: string;
  readonly entries: readonly LayerEntry[];
  /** Here, of the modules that are shared libraries. */
  readonly modules: readonly string[];
}

/** Undefined where there is no Python of Debian's kind. */
export async function pythonFiles(): Promise<PythonFiles | undefined> {
  const interpreter = await realpath(PYTHON).catch(() => undefined);
  if (interpreter === undefined) return undefined;
  const name = basename(interpreter);
  const folder = `/usr/lib/${name}`;
  if (
    !(await stat(folder).then(
      (info) => info.isDirectory(),
      () => false,
    ))
  )
    return undefined;
  const listed = await folderEntries(folder, { at: folder.slice(1), keepExecutable: true, leaveOut });
  const entries: LayerEntry[] = [];
  for (const entry of listed) {
    const own = await ownEntry(entry, folder);
    if (own !== undefined) entries.push(own);
  }
  const modules = await readdir(join(folder, "lib-dynload")).catch(() => []);
  return {
    interpreter,
    name,
    entries,
    modules: modules.filter((file) => file.endsWith(".so")).map((file) => join(folder, "lib-dynload", file)),
  };
}

function leaveOut(path: string): boolean {
  return LEFT_OUT.test(path) || LEFT_OUT_BELOW.test(path);
}

/** Links that leave the library lead to settings of this machine; compiled modules are kept where they are of their source. */
async function ownEntry(entry: LayerEntry, folder: string): Promise<LayerEntry | undefined> {
  if (entry.kind === "link") return entry.target.includes("/") ? undefined : entry;
  if (entry.kind !== "file" || !entry.path.endsWith(".pyc")) return entry;
  const source = join(dirname(dirname(entry.source)), `${basename(entry.source).split(".")[0] ?? ""}.py`);
  const info = await stat(source).catch(() => undefined);
  const header = await readHeader(entry.source);
  if (info === undefined || !source.startsWith(folder) || header.length < HEADER_BYTES) return undefined;
  const isOfSource =
    header.readUInt32LE(4) === 0 &&
    header.readUInt32LE(8) === Math.floor(info.mtimeMs / 1000) &&
    header.readUInt32LE(12) === info.size;
  if (!isOfSource) return undefined;
  const head = Buffer.alloc(HEADER_BYTES);
  header.copy(head, 0, 0, 4);
  head.writeUInt32LE(UNCHECKED_HASH, 4);
  return { ...entry, head };
}

async function readHeader(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), { position: 0 });
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
