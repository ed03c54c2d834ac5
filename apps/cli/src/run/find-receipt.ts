import { PlatformError } from "@berth/protocol";
import type { PlatformClient } from "@berth/sdk/client";
import { setTimeout as pause } from "node:timers/promises";

const PAUSE_MS = 100;
const PATIENCE_MS = 10_000;

/** The receipt of an ended task, waiting a little while it is sealed; null when the caller may not see one. */
export async function findReceiptId(platform: PlatformClient, agent: string, taskId: string): Promise<string | null> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  for (;;) {
    try {
      return (await platform.receipts.forTask(agent, taskId, { signal })).receiptId;
    } catch (error) {
      const isPending = error instanceof PlatformError && error.reason === "RECEIPT_PENDING" && !signal.aborted;
      // The call itself is done, and its answer must not be lost over its receipt.
      if (!isPending) return null;
      await pause(PAUSE_MS);
    }
  }
}
