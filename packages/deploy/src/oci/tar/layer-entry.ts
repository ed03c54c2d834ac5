/** One thing in a layer. Paths are relative, `/` between the parts; the owner is root. */
export type LayerEntry =
  | { readonly kind: "folder"; readonly path: string; readonly mode?: number }
  | { readonly kind: "bytes"; readonly path: string; readonly mode: number; readonly bytes: Uint8Array }
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  | LayerFile;

/** Read from disk when its turn comes. */
export interface LayerFile {
  readonly kind: "file";
  readonly path: string;
  readonly mode: number;
  /** Where it lies here. */
  readonly source: string;
  readonly size: number;
  /** Stands in the place of the file's first bytes. */
  readonly head?: Uint8Array;
}
