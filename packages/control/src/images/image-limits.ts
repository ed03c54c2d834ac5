const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const HOUR_MS = 60 * 60_000;

/** Bounds of the image registry. */
export interface ImageLimits {
  readonly maxBlobBytes: number;
  /** Of an organization. */
  readonly quota: { readonly bytes: number; readonly manifests: number };
  /** Begun and not finished, of an organization. */
  readonly openUploads: number;
  /** An upload that nobody touches for so long is given up. */
  readonly uploadMs: number;
  /** How long bytes that no manifest names are kept: longer than any push takes from its first blob to its manifest. */
  readonly graceMs: number;
}

export const DEFAULT_IMAGE_LIMITS: ImageLimits = {
  maxBlobBytes: 4 * GIB,
  quota: { bytes: 100 * GIB, manifests: 100_000 },
  openUploads: 64,
  uploadMs: 24 * HOUR_MS,
  graceMs: 24 * HOUR_MS,
};
