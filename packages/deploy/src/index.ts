/** From a folder to a release: packing, safe unpacking, building. */
export { buildRelease } from "./build/build-release.ts";
export type { BuildOptions, BuiltRelease } from "./build/build-release.ts";
export type { BuildPorts } from "./build/buildpacks.ts";
export type { BuildFacts, PackageFact } from "./build/built-files.ts";
export type { ImageBases } from "./build/image/image-bases.ts";
export type { RegistryGate } from "./build/jail/registry-gate.ts";
export { packFolder } from "./pack/pack-folder.ts";
export type { PackOptions, PackedFolder } from "./pack/pack-folder.ts";
export type { SourceFile, SourceTree } from "./unpack/source-tree.ts";
export { UNPACK_LIMITS, unpackArchive } from "./unpack/unpack-archive.ts";
export type { UnpackLimits } from "./unpack/unpack-archive.ts";
export { writeTree } from "./unpack/write-tree.ts";
export type { BlobContent, BlobSink, BlobSource, ImagePlace, ManifestBytes } from "./oci/blobs.ts";
export { exportArchive } from "./oci/archive/export-archive.ts";
export { importArchive } from "./oci/archive/import-archive.ts";
export type { ImportOptions } from "./oci/archive/import-archive.ts";
export { PROVENANCE_TYPE, STATEMENT_TYPE, provenance } from "./oci/attach/provenance.ts";
export type { ProvenanceFacts } from "./oci/attach/provenance.ts";
export { attachDocument, referrerManifest } from "./oci/attach/referrer-manifest.ts";
export type { Referrer } from "./oci/attach/referrer-manifest.ts";
export { SBOM_TYPE, sbom } from "./oci/attach/sbom.ts";
export type { SbomFacts } from "./oci/attach/sbom.ts";
export { nodeBase, pythonBase, staticBase } from "./oci/base/machine-bases.ts";
export type { MachineBase } from "./oci/base/write-base.ts";
export { copyBlobs } from "./oci/copy-blobs.ts";
export type { CopyOptions } from "./oci/copy-blobs.ts";
export { MediaType } from "./oci/descriptors.ts";
export type { Descriptor, ImageConfig, ImageIndex, ImageManifest, Platform } from "./oci/descriptors.ts";
export { digestOf, isDigest } from "./oci/digest.ts";
export { MAX_MANIFEST_BYTES, parseImageConfig, parseManifest } from "./oci/parse-manifest.ts";
export type { Manifest } from "./oci/parse-manifest.ts";
export { pickPlatform } from "./oci/pick-platform.ts";
export { readBlob, readImage } from "./oci/read-image.ts";
export type { ReadImage } from "./oci/read-image.ts";
export {
  formatImageReference,
  isRepositoryName,
  isTag,
  parseImageReference,
  registryHost,
} from "./oci/registry/image-reference.ts";
export type { ImageReference } from "./oci/registry/image-reference.ts";
export { openRegistry } from "./oci/registry/open-registry.ts";
export type { Registry } from "./oci/registry/open-registry.ts";
export type { RegistryCredential } from "./oci/registry/registry-auth.ts";
export type { RegistryOptions } from "./oci/registry/registry-connection.ts";
export type { RegistryAnswer, RegistryHttp, RegistryRequest } from "./oci/registry/registry-http.ts";
export type { RegistryRepository } from "./oci/registry/registry-repository.ts";
export { pullImage, pushImage } from "./oci/registry/transfer-image.ts";
export type { PullOptions, PushOptions } from "./oci/registry/transfer-image.ts";
export { IMAGE_PORT, IMAGE_USER } from "./oci/release-config.ts";
export { releaseImage } from "./oci/release-image.ts";
export type { ReleaseImageOptions } from "./oci/release-image-options.ts";
export { folderEntries } from "./oci/tar/folder-entries.ts";
export type { FolderOptions } from "./oci/tar/folder-entries.ts";
export type { LayerEntry, LayerFile } from "./oci/tar/layer-entry.ts";
export { layerTar } from "./oci/tar/layer-tar.ts";
export type { LayerTar } from "./oci/tar/layer-tar.ts";
export { IMAGE_LIMITS } from "./oci/unpack/image-limits.ts";
export type { ImageLimits } from "./oci/unpack/image-limits.ts";
export { unpackImage } from "./oci/unpack/unpack-image.ts";
export type { UnpackImageOptions } from "./oci/unpack/unpack-image.ts";
export { writeImage, writeManifest } from "./oci/write-image.ts";
export { writeLayer } from "./oci/write-layer.ts";
export type { WrittenLayer } from "./oci/write-layer.ts";
export { BareRepository } from "./git/bare-repository.ts";
export type { GitService } from "./git/bare-repository.ts";
export { HeldFlush, progressPacket, readPushHead } from "./git/pkt-line.ts";
export type { PushCommand } from "./git/pkt-line.ts";
export { fetchGitTree } from "./git/fetch-git-tree.ts";
export { parseGitAccess } from "./git/git-access.ts";
export { isRefName, parseGitRef } from "./git/git-ref.ts";
export { isSameRepository, parseGitUrl } from "./git/git-url.ts";
