import { PlatformError } from "@berth/protocol";
import { collisionKey } from "./entry-path.ts";

export interface SourceFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Only of what the platform has made. */
  readonly isExecutable?: true;
}

/** An unpacked archive in memory. No path is below another file, no two are the same file anywhere. */
export interface SourceTree {
  readonly files: readonly SourceFile[];
  readonly bytes: number;
}

/** Collects entries and refuses those that could not stand beside each other. */
export class SourceTreeBuilder {
  readonly #files: SourceFile[] = [];
  readonly #taken = new Map<string, "file" | "folder">();
  #bytes = 0;

  get count(): number {
    return this.#files.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  addFolder(path: string): void {
    this.#claimFolders(path.split("/"));
  }

  addFile(path: string, bytes: Uint8Array): void {
    const parts = path.split("/");
    this.#claimFolders(parts.slice(0, -1));
    const key = collisionKey(path);
    if (this.#taken.has(key)) {
      throw new PlatformError(
        "ARCHIVE_REFUSED",
        `The archive holds ${JSON.stringify(path)} twice, or in two spellings.`,
      );
    }
    this.#taken.set(key, "file");
    this.#files.push({ path, bytes });
    this.#bytes += bytes.length;
  }

  build(): SourceTree {
    return { files: this.#files, bytes: this.#bytes };
  }

  #claimFolders(parts: readonly string[]): void {
    let path = "";
    for (const part of parts) {
      path = path === "" ? part : `${path}/${part}`;
      const key = collisionKey(path);
      if (this.#taken.get(key) === "file") {
        throw new PlatformError("ARCHIVE_REFUSED", `${JSON.stringify(path)} is a file and a folder in the archive.`);
      }
      this.#taken.set(key, "folder");
    }
  }
}
