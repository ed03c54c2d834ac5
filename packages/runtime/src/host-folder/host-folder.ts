/** A file in a folder of this machine. */
export interface HostFile {
  /** Below the folder, in the grammar of workspace paths. */
  readonly path: string;
  readonly bytes: number;
  /** Time of the last change in microseconds since 1970: another one after each write. */
  readonly version: number;
}

/**
 * A folder of this machine whose files may be used and nothing else, whoever changes it at the same time: no link is
 * followed, neither at the end nor on the way, and what is opened is looked at after it was opened. Linux only. Paths
 * are refused as PATH_INVALID when they do not fit the grammar, or lead over a link or something that is no plain file.
 * Life: `openHostFolder` → calls → `close`, once.
 */
export interface HostFolder {
  /** Files whose paths begin with `prefix`, by path in byte order. Links, special files and names that are no workspace paths are left out. */
  list(prefix: string): AsyncIterable<HostFile>;
  find(path: string): HostFile | undefined;
  /** Undefined when there is none. @throws FILE_TOO_LARGE */
  read(path: string, maxBytes: number): { readonly file: HostFile; readonly content: Uint8Array } | undefined;
  /**
   * Makes missing folders on the way. The file is there with the whole content or not at all, and on disk when this
   * returns. A file that has other names (hard links) is not written. @throws PATH_INVALID
   */
  write(path: string, content: Uint8Array): HostFile;
  /** False when there was none. */
  remove(path: string): boolean;
  close(): void;
}
