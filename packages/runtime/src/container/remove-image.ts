import { isStatus } from "./engine-client.ts";
import type { EngineClient } from "./engine-client.ts";

/** Gone, or somebody else's container has it: both are well. */
export async function removeImage(engine: EngineClient, name: string): Promise<void> {
  try {
    await engine.call("DELETE", `/images/${encodeURIComponent(name)}`);
  } catch (error) {
    if (!isStatus(error, 404, 409)) throw error;
  }
}
