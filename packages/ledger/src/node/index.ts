export { createNodeCrypto } from "./node-crypto.ts";
export { openVerifyPool } from "./verify-pool.ts";
export type { VerifyPool } from "./verify-pool.ts";
