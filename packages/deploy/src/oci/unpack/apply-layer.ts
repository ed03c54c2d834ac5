import type { Header } from "tar-stream";
import { PlatformError } from "@berth/protocol";
import type { ReadEntry } from "../tar/read-tar.ts";
import { refused } from "./image-limits.ts";
import type { ImageBudget } from "./image-limits.ts";
import type { RootWriter } from "./root-writer.ts";

/** image-spec 1.1, layer.md: "Whiteouts". */
const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";
/** aufs's own files, which are nobody's. */
const AUFS = ".wh..wh.";
/** Longer names no file system takes. */
const MAX_NAME_BYTES = 255;

/** Nobody can make a device here, and nobody may use one: they are passed over, like pipes and sockets. */
const PASSED_OVER: ReadonlySet<string> = new Set(["character-device", "block-device", "fifo"]);

/** Puts one entry of a layer into the root. @throws ARCHIVE_REFUSED */
export async function applyEntry({ header, content }: ReadEntry, root: RootWriter, budget: ImageBudget): Promise<void> {
  budget.addEntry(header.type === "file" || header.type === "contiguous-file" ? header.size : 0);
  budget.checkTime();
  const names = namesOf(header.name, budget);
  const name = names.at(-1);
  const folder = names.slice(0, -1);
  if (name === OPAQUE) return await root.opaque(folder);
  if (name?.startsWith(AUFS) === true) return;
  if (name?.startsWith(WHITEOUT) === true) return await root.whiteout(folder, whitedOut(name));
  await write(header, names, content, { root, budget });
}

async function write(
  header: Header,
  names: readonly string[],
  content: AsyncIterable<Uint8Array>,
  { root, budget }: { readonly root: RootWriter; readonly budget: ImageBudget },
): Promise<void> {
  // tar-stream leaves the type out where it does not know the flag; its types do not say so.
  const type = header.type as string | null | undefined;
  if (type === "directory") return await root.folder(names);
  if (type === "symlink") return await root.symlink(names, header.linkname ?? "");
  if (type === "link") return await root.hardlink(names, namesOf(header.linkname ?? "", budget));
  if (type === "file" || type === "contiguous-file") {
    const executable = ((header.mode ?? 0) & 0o111) !== 0;
    return await root.file(names, whole(content, header.size), executable);
  }
  if (type !== null && type !== undefined && PASSED_OVER.has(type)) return;
  throw refused(`The image holds ${JSON.stringify(header.name.slice(0, 120))}, which is of a kind that is not known.`);
}

/** Paths are taken as inside the root: `/etc` and `./etc` are `etc`. Whoever wants out of it is refused. */
function namesOf(path: string, { limits }: ImageBudget): readonly string[] {
  const shown = JSON.stringify(path.slice(0, 120));
  if (path.length > limits.maxPathLength)
    throw refused(`The image holds a path of more than ${limits.maxPathLength} characters.`);
  if (path.includes("\0")) throw refused(`The image holds the path ${shown}, which is none.`);
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  if (names.includes("..")) throw refused(`The image holds the path ${shown}, which leads out of it.`);
  if (names.length > limits.maxDepth) throw refused(`The image holds files more than ${limits.maxDepth} folders deep.`);
  if (names.some((name) => Buffer.byteLength(name) > MAX_NAME_BYTES))
    throw refused(`The image holds a name that is too long.`);
  return names;
}

function whitedOut(name: string): string {
  const hidden = name.slice(WHITEOUT.length);
  if (hidden === "" || hidden === "." || hidden === "..") throw refused("The image holds a whiteout of no file.");
  return hidden;
}

async function* whole(content: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let total = 0;
  for await (const chunk of content) {
    total += chunk.length;
    yield chunk;
  }
  if (total !== size) throw new PlatformError("ARCHIVE_REFUSED", "A layer of the image ends in the middle of a file.");
}
