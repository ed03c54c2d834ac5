/** From a folder to a release: packing, safe unpacking, building. */
export { buildRelease } from "./build/build-release.ts";
export type { BuildOptions, BuiltRelease } from "./build/build-release.ts";
export { packFolder } from "./pack/pack-folder.ts";
export type { PackOptions, PackedFolder } from "./pack/pack-folder.ts";
export type { SourceFile, SourceTree } from "./unpack/source-tree.ts";
export { UNPACK_LIMITS, unpackArchive } from "./unpack/unpack-archive.ts";
export type { UnpackLimits } from "./unpack/unpack-archive.ts";
export { writeTree } from "./unpack/write-tree.ts";
