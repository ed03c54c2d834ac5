import type { Signer } from "@berth/ledger";
import type { CheckpointMemory } from "./checkpoint-memory.ts";

/** A key that can be replaced. The log's is not one: its name and its key belong together for good. */
export type RotatedKey = { readonly role: "cp" } | { readonly role: "sa"; readonly agentId: string };

/**
 * The keys of receipts. Each is used for one thing only. The private halves stay behind `Signer`; no agent process ever
 * holds one, because code that can sign its own receipts can write them too.
 */
export interface ReceiptKeys {
  /** Signs checkpoints, nothing else. Losing it ends the log: a new one needs a new origin. */
  readonly log: Signer;
  /** Countersigns every receipt. Another one after a rotation: ask anew each time. */
  readonly controlPlane: Signer;
  /** Secret from which event salts are derived, at least 32 bytes. Losing it makes the bundles of old receipts unverifiable. */
  readonly saltKey: Uint8Array;
  /** Signs for other logs. Absent: a key of this process alone. */
  readonly witness?: Signer;
  /** Beside the keys, not in the database. Absent: a database that went back to an earlier state is not noticed. */
  readonly lastCheckpoint?: CheckpointMemory;
  /** Absent: keys stay what they are. */
  readonly rotation?: KeySuccession;
  /** The agent's own key, made on first use; the same one until it is rotated. */
  serviceAccount(agentId: string): Promise<Signer>;
}

/** Keeps successors until they take over. Every step is durable when it resolves. */
export interface KeySuccession {
  /** Makes a successor that signs nothing yet; the same one until it is promoted. */
  prepare(of: RotatedKey): Promise<Signer>;
  /** The successor takes the key's place, and the key is gone. Nothing happens when there is none. */
  promote(of: RotatedKey): Promise<void>;
  prepared(): Promise<readonly { readonly of: RotatedKey; readonly signer: Signer }[]>;
}
