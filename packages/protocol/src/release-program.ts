/**
 * How a release runs that is neither JavaScript for the platform's Node nor a WebAssembly module: a program with a root
 * file system of its own. It listens on TCP `PORT`, or on the unix socket that BERTH_LISTEN names.
 */
export interface ReleaseProgram {
  /** As of `exec`: the program and its arguments. A program without `/` is looked up in PATH of `env`. */
  readonly command: readonly string[];
  /** Of the image; what berth.json says goes before it. */
  readonly env: { readonly [name: string]: string };
  /** Absolute. */
  readonly workdir: string;
  /** `sha256:…` of the manifest of the image whose files are its root, without what the release adds. */
  readonly rootfs: string;
  /** The release's folder is at /app. False: everything is in the root already. */
  readonly mountsApp: boolean;
}

/** The image that a release is, in the platform's own registry. */
export interface ReleaseImage {
  /** `sha256:…` of the manifest's bytes. */
  readonly digest: string;
  readonly mediaType: string;
  /** Of the manifest and everything it names, in bytes. */
  readonly bytes: number;
  /** Of an image that was built elsewhere: as it was named. */
  readonly origin?: string;
}
