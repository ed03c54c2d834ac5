import { layerStoreContract } from "../layer-store.contract.ts";
import { InMemoryLayerStore } from "./in-memory-layer-store.ts";

layerStoreContract("memory", async () => new InMemoryLayerStore());
