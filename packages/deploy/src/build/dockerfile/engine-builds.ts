import type { SourceEntry } from "../../source/list-source-files.ts";

export interface EngineBuild {
  /** What COPY sees, .dockerignore applied by the engine. */
  readonly files: readonly SourceEntry[];
  /** Its text; what it takes from elsewhere is named as in `bases`. */
  readonly dockerfile: string;
  readonly args: { readonly [name: string]: string };
  /** For RUN --mount=type=secret,id=<name>. */
  readonly secrets: { readonly [name: string]: string };
  /** The engine gets no others: it has no network. */
  readonly bases: readonly EngineBase[];
  readonly environment: { readonly [name: string]: string | undefined };
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface EngineBase {
  readonly name: string;
  /** A tar with an OCI image layout. */
  readonly archive: () => AsyncIterable<Uint8Array>;
}

/** Whatever turns a Dockerfile into an image. The file and the context are hostile. */
export interface EngineBuilds {
  /** With its version, such as `buildah 1.28.2`. */
  readonly name: string;
  /**
   * Gives the image as a tar with an OCI image layout, until it is disposed. The same files on the same bases give the
   * same manifest, as far as the file's own commands do.
   * @throws BUILD_FAILED, TIMED_OUT, CANCELED
   */
  build(build: EngineBuild): Promise<{ readonly archive: AsyncIterable<Uint8Array> } & AsyncDisposable>;
}
