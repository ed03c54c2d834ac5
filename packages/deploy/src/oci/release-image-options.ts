import type { BuiltRelease } from "../build/build-release.ts";
import type { ImagePlace } from "./blobs.ts";

export interface ReleaseImageOptions {
  readonly release: BuiltRelease;
  /** The release's folder. Read only. */
  readonly folder: string;
  readonly place: ImagePlace;
  /** What it stands on. A program without it: the image that its `rootfs` names in `place`. */
  readonly base?: { readonly place: ImagePlace; readonly digest: string; readonly name: string };
  readonly agentName: string;
  readonly source?: { readonly uri: string; readonly revision?: string };
  /** Of the image in the place. */
  readonly tag?: string;
  readonly signal?: AbortSignal;
}
