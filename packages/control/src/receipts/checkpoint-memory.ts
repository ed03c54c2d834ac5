import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeSecretFile } from "../keys/write-secret-file.ts";

/** What a crash may lose: the file is then some checkpoints old, which is still a lower bound. */
const WRITE_MS = 500;
/** The disk may be full. */
const RETRY_MS = 5_000;

/** The last checkpoint this platform signed, kept where the database is not: it tells when the database went back. */
export interface CheckpointMemory {
  /** Where it is, for whoever has to be told. */
  readonly file: string;
  read(): Promise<string | undefined>;
  /** Cheap, never throws: it is on the disk within a second. */
  remember(note: string): void;
  /** Writes what has not been written. Twice is harmless. */
  close(): Promise<void>;
}

/** In the file `last-checkpoint` of the keys folder. */
export function openCheckpointMemory(folder: string, log: (line: string) => void = () => undefined): CheckpointMemory {
  const path = join(folder, "last-checkpoint");
  let newest: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let closed = false;
  const later = (ms: number): void => {
    if (!closed) timer ??= setTimeout(() => void flush(), ms);
  };
  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const note = newest;
    newest = undefined;
    if (note !== undefined) {
      writing = writing
        .then(async () => await writeSecretFile(path, note))
        .catch((error: unknown) => {
          log(`the last checkpoint could not be written to ${path}, will try again: ${String(error)}`);
          newest ??= note;
          later(RETRY_MS);
        });
    }
    return writing;
  };
  return {
    file: path,
    async read() {
      try {
        return await readFile(path, "utf8");
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
        throw error;
      }
    },
    remember(note) {
      newest = note;
      later(WRITE_MS);
    },
    async close() {
      closed = true;
      await flush();
    },
  };
}
