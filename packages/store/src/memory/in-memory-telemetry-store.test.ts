import { telemetryStoreContract } from "../telemetry-store.contract.ts";
import { createInMemoryStore } from "./in-memory-store.ts";

telemetryStoreContract("memory", async (now) => createInMemoryStore({ now }));
