import type { ReleaseRecord } from "@berth/store";

export interface AppFile {
  /** Relative to the app: `index.html`. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** The web apps that agents brought along. Reading one starts nothing: its files lie in the release. */
export interface Apps {
  /** Undefined when the release has no app, or its app no such file. `path` is a stranger's. */
  file(release: Pick<ReleaseRecord, "digest" | "config">, path: string): Promise<AppFile | undefined>;
}
