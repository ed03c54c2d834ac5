export { createReceipts } from "./create-receipts.ts";
export { loadReceiptKeys } from "./key-files.ts";
export type { ReceiptKeys } from "./receipt-keys.ts";
