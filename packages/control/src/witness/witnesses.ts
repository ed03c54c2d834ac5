import type { Principal } from "@berth/protocol";
import type { WitnessPeer, WitnessedLog } from "@berth/store";
import type { WitnessAnswer } from "./add-checkpoint.ts";

/**
 * Both sides of C2SP tlog-witness: this platform signs that other logs have only grown, and has others sign that for
 * its own. All but `addCheckpoint` are for administrators of the default organization.
 */
export interface Witnesses {
  /** This platform's key as a witness. */
  readonly vkey: string;
  /** `body` as it came. */
  addCheckpoint(body: string): Promise<WitnessAnswer>;
  logs(principal: Principal): Promise<readonly WitnessedLog[]>;
  /** By the log's verifier key. @throws INVALID_PARAMS, STORE_CONFLICT */
  addLog(principal: Principal, vkey: string): Promise<WitnessedLog>;
  removeLog(principal: Principal, origin: string): Promise<void>;
  peers(principal: Principal): Promise<readonly WitnessPeer[]>;
  /** @throws INVALID_PARAMS */
  addPeer(principal: Principal, peer: WitnessPeer): Promise<void>;
  removePeer(principal: Principal, vkey: string): Promise<void>;
  /** The newest checkpoint with the cosignatures that are for it. */
  checkpoint(): Promise<string | undefined>;
  /** Leaves below this are in a log that a witness has signed for. */
  witnessedSize(): number;
  /** Asks the witnesses now. */
  ask(): Promise<void>;
}
