import { isId } from "@berth/protocol";
import type { PlatformClient } from "@berth/sdk/client";

/** Of a receipt, by its own id or its task's. */
export async function receiptIdOf(client: PlatformClient, id: string): Promise<string> {
  if (!isId("task", id)) return id;
  const { agent } = await client.tasks.get(id);
  return (await client.receipts.forTask(agent, id)).receiptId;
}
