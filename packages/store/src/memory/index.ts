export { InMemoryBlobStore } from "./in-memory-blob-store.ts";
export { createInMemoryStore } from "./in-memory-store.ts";
