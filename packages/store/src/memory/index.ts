export { InMemoryBlobStore } from "./in-memory-blob-store.ts";
export { InMemoryLayerStore } from "./in-memory-layer-store.ts";
export { createInMemoryStore } from "./in-memory-store.ts";
