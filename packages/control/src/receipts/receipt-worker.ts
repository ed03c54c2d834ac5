// The thread behind `threaded-receipt-builder.ts`: orders come in, receipts go out, one answer per message.
import { parentPort, workerData } from "node:worker_threads";
import { loadReceiptKeys } from "./key-files.ts";
import { createReceiptBuilder } from "./receipt-builder.ts";
import type { ReceiptOrder } from "./build-receipt.ts";

const port = parentPort;
if (port === null) throw new Error("receipt-worker.ts is the entry of a thread");
// Written by `threaded-receipt-builder.ts`.
const { keysFolder } = workerData as { readonly keysFolder: string };
const builder = createReceiptBuilder({ keys: await loadReceiptKeys(keysFolder), yieldNow: async () => undefined });

port.on("message", (orders: readonly ReceiptOrder[]) => {
  void builder.build(orders).then((built) => port.postMessage(built));
});
