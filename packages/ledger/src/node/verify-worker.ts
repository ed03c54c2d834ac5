// A thread of `verify-pool.ts`: bundles come in, verdicts go out, one answer per message.
import { parentPort, workerData } from "node:worker_threads";
import { CheckpointMemory } from "../checkpoint-memory.ts";
import { LedgerError } from "../ledger-error.ts";
import type { LedgerCheckName } from "../ledger-error.ts";
import { verifyBundle } from "../verify-bundle.ts";
import type { VerifiedReceipt, VerifyOptions } from "../verify-bundle.ts";
import { createNodeCrypto } from "./node-crypto.ts";

export type Verdict =
  | { readonly receipt: VerifiedReceipt }
  | {
      readonly refused: {
        readonly check: LedgerCheckName;
        readonly message: string;
        readonly index: number | undefined;
      };
    };

const port = parentPort;
if (port === null) throw new Error("verify-worker.ts is the entry of a thread");
// Written by `verify-pool.ts`.
const policy = workerData as Pick<VerifyOptions, "trust" | "witnesses">;
const options = {
  ...policy,
  crypto: createNodeCrypto(),
  checkpoints: new CheckpointMemory(),
};

async function judge(bundle: string): Promise<Verdict> {
  try {
    return { receipt: await verifyBundle(bundle, options) };
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    const { check, message, index } = error;
    return { refused: { check, message, index } };
  }
}

async function judgeAll(bundles: readonly string[]): Promise<void> {
  const verdicts: Verdict[] = [];
  for (const bundle of bundles) verdicts.push(await judge(bundle));
  port?.postMessage(verdicts);
}

// A bug rejects, which ends the thread; whoever waits is told.
port.on("message", (bundles: readonly string[]) => void judgeAll(bundles));
