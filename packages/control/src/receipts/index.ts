export { createReceipts } from "./create-receipts.ts";
export type { ReceiptsOptions, SealingReceipts } from "./create-receipts.ts";
export { loadReceiptKeys } from "./key-files.ts";
export { createKeyPair, signerFromPkcs8 } from "./receipt-keys.ts";
export type { KeyPair, ReceiptKeys } from "./receipt-keys.ts";
export type { LedgerCheck, Receipts } from "./receipts.ts";
