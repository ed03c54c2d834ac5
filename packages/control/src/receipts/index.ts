export { createReceipts } from "./create-receipts.ts";
export { loadReceiptKeys } from "./key-files.ts";
export type { ReceiptBuilder } from "./receipt-builder.ts";
export type { ReceiptKeys } from "./receipt-keys.ts";
export { createThreadedReceiptBuilder } from "./threaded-receipt-builder.ts";
