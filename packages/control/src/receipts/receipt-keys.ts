import type { Signer } from "@berth/ledger";

/**
 * The keys of receipts. Each is used for one thing only. The private halves stay behind `Signer`; no agent process ever
 * holds one, because code that can sign its own receipts can write them too.
 */
export interface ReceiptKeys {
  /** Signs checkpoints, nothing else. Losing it ends the log: a new one needs a new origin. */
  readonly log: Signer;
  /** Countersigns every receipt. */
  readonly controlPlane: Signer;
  /** Secret from which event salts are derived, at least 32 bytes. Losing it makes the bundles of old receipts unverifiable. */
  readonly saltKey: Uint8Array;
  /** The agent's own key, made on first use; the same one ever after. */
  serviceAccount(agentId: string): Promise<Signer>;
}
