import { compileGlobs } from "@berth/protocol";

export interface Matched<T> {
  readonly files: readonly T[];
  readonly bytes: number;
  /** There are others beyond the limit. */
  readonly more: boolean;
}

/** What the globs match, in the order of the files. `below` gives all files whose paths begin with a text. */
export async function matchFiles<T extends { readonly path: string; readonly bytes: number }>(
  globs: readonly string[],
  limit: number,
  below: (prefix: string) => AsyncIterable<T>,
): Promise<Matched<T>> {
  const compiled = compileGlobs(globs);
  const files: T[] = [];
  let bytes = 0;
  if (globs.length === 0) return { files, bytes, more: false };
  for await (const file of below(commonPrefix(globs.map(literalPrefix)))) {
    if (!compiled.matches(file.path)) continue;
    if (files.length >= limit) return { files, bytes, more: true };
    files.push(file);
    bytes += file.bytes;
  }
  return { files, bytes, more: false };
}

/** What every path that the glob matches begins with. */
function literalPrefix(glob: string): string {
  const wildcard = glob.search(/[*?]/);
  return wildcard === -1 ? glob : glob.slice(0, wildcard);
}

function commonPrefix(texts: readonly string[]): string {
  const [first = "", ...others] = texts;
  let length = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length -= 1;
  const prefix = first.slice(0, length);
  // Cut between the halves of a character it would match nothing.
  return prefix.isWellFormed() ? prefix : prefix.slice(0, -1);
}
