import { PlatformError } from "@berth/protocol";

/** Images that programs run on, made of files of the platform's machine. Each gives a manifest's digest. */
export interface ImageBases {
  /** Has /usr/bin/python3 with its standard library. */
  python(): Promise<string>;
  /** Has certificates, users and /tmp, and no programs. */
  static(): Promise<string>;
}

/** Where a release's folder is in its program's root. */
export const APP = "/app";

/** @throws BUILD_FAILED where programs cannot be run */
export function basesOf(bases: ImageBases | undefined, language: string): ImageBases {
  if (bases !== undefined) return bases;
  throw new PlatformError("BUILD_FAILED", `This platform has nothing that agents in ${language} can run on.`);
}
