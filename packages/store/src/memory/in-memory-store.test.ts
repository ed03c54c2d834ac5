import { blobStoreContract } from "../blob-store.contract.ts";
import { storeContract } from "../store.contract.ts";
import { InMemoryBlobStore } from "./in-memory-blob-store.ts";
import { createInMemoryStore } from "./in-memory-store.ts";

storeContract("memory", async () => createInMemoryStore());
blobStoreContract("memory", async () => new InMemoryBlobStore());
