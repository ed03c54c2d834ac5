export { FileBlobStore } from "./file-blob-store.ts";
export { FileLayerStore } from "./file-layer-store.ts";
