import type { IdGenerator } from "@berth/protocol";
import type { OutboundHttp } from "@berth/runtime";
import type { Store } from "@berth/store";
import type { Anchors } from "../anchors/anchors.ts";
import { createAnchors } from "../anchors/create-anchors.ts";
import { openSinks } from "../anchors/open-sinks.ts";
import type { AnchorPlaces } from "../anchors/open-sinks.ts";
import { LedgerWatch } from "../billing/ledger-watch.ts";
import { createKeyPair } from "../keys/key-pair.ts";
import { createWitnesses } from "../witness/create-witnesses.ts";
import type { RunningWitnesses } from "../witness/create-witnesses.ts";
import { createReceipts } from "./index.ts";
import type { ReceiptBuilder, ReceiptKeys } from "./index.ts";

type RunningReceipts = Awaited<ReturnType<typeof createReceipts>>;

export interface ProofOptions {
  readonly store: Store;
  readonly keys: ReceiptKeys;
  readonly builder?: ReceiptBuilder | undefined;
  /** The log's name in its checkpoints. */
  readonly origin: string;
  readonly domain: string;
  readonly anchors: AnchorPlaces;
  readonly outbound: Pick<OutboundHttp, "assertUrl" | "request">;
  /** So many receipts are in the ledger now. */
  readonly onSealed: (receipts: number) => void;
  /** The log of a run was changed in the store. */
  readonly onErased: (orgId: string, taskId: string) => Promise<void>;
  readonly ids: IdGenerator;
  readonly now: () => Date;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly log?: (line: string) => void;
}

/** Receipts, who else vouches for their log, and whoever compares it with the tasks. */
export interface RunningProof {
  readonly receipts: RunningReceipts;
  readonly witnesses: RunningWitnesses;
  readonly anchors: Anchors & { close(): Promise<void> };
  readonly ledgerWatch: LedgerWatch;
  /** Seals what has ended, then ends; the watch was closed before. */
  close(): Promise<void>;
}

export async function openProof(options: ProofOptions): Promise<RunningProof> {
  const { store, keys, builder, origin, domain, outbound, onSealed, onErased, ids, now, randomBytes, log } = options;
  const shared = { store, ids, now, ...(log === undefined ? {} : { log }) };
  let witnesses: RunningWitnesses | undefined;
  const receipts = await createReceipts({
    ...shared,
    onSealed,
    onCheckpoint: () => witnesses?.notify(),
    cosigned: () => witnesses?.cosigned(),
    onErased,
    keys,
    ...(builder === undefined ? {} : { builder }),
    origin,
    randomBytes,
  });
  const ledgerWatch = new LedgerWatch(shared);
  ledgerWatch.start();
  const running = createWitnesses({
    ...shared,
    signer: keys.witness ?? createKeyPair().signer,
    name: `${domain}/witness`,
    outbound,
    ledger: receipts,
  });
  witnesses = running;
  const anchors = createAnchors({
    ...shared,
    sinks: openSinks(options.anchors, { now, randomBytes, outbound }),
    ledger: receipts,
  });
  return {
    receipts,
    witnesses: running,
    anchors,
    ledgerWatch,
    async close(): Promise<void> {
      try {
        await receipts.flush();
      } finally {
        await receipts.close();
        await anchors.close();
        await running.close();
      }
    },
  };
}
