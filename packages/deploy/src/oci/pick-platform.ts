import { PlatformError } from "@berth/protocol";
import { MACHINE_PLATFORM } from "./base/write-base.ts";
import type { Descriptor, ImageIndex, Platform } from "./descriptors.ts";

/** The image for this machine, or for the platform that is asked for. @throws IMAGE_NOT_FOUND naming what there is */
export function pickPlatform(index: ImageIndex, wanted: Platform = MACHINE_PLATFORM): Descriptor {
  const fitting = index.manifests.filter(({ platform }) => platform !== undefined && fits(platform, wanted));
  const [first] = fitting;
  if (first !== undefined) return first;
  // BuildKit lists its attestations as images of the platform "unknown".
  const names = index.manifests.flatMap(({ platform }) =>
    platform === undefined || platform.os === "unknown" ? [] : [nameOf(platform)],
  );
  const there = names.length === 0 ? "none with a platform" : [...new Set(names)].join(", ");
  throw new PlatformError(
    "IMAGE_NOT_FOUND",
    `There is no image for ${nameOf(wanted)}; there is: ${there.slice(0, 500)}.`,
    {
      hint: `Build the image for ${nameOf(wanted)} as well, or name one of the others by its digest.`,
    },
  );
}

function fits(platform: Platform, wanted: Platform): boolean {
  const isSame = platform.os === wanted.os && platform.architecture === wanted.architecture;
  return (
    isSame && (wanted.variant === undefined || platform.variant === undefined || wanted.variant === platform.variant)
  );
}

function nameOf({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join("/");
}
