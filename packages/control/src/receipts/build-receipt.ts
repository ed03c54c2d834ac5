import {
  MerkleFrontier,
  encodeStatement,
  eventLeafHash,
  formatEnvelope,
  IN_TOTO_PAYLOAD_TYPE,
  receiptEntry,
  signEnvelope,
  thumbprint,
} from "@berth/ledger";
import type { Signer } from "@berth/ledger";
import { isFile } from "../workspaces/artifact-files.ts";
import { buildStatement } from "./build-statement.ts";
import { canonicalText } from "./canonical-text.ts";
import { eventSalt } from "./event-salt.ts";
import type { Run } from "./load-runs.ts";
import { nodeSha256 } from "./node-sha256.ts";
import type { ReceiptKeys } from "./receipt-keys.ts";
import type { ReleaseFacts } from "./release-facts.ts";

/** Everything a receipt is made of but the keys, as plain data. */
export interface ReceiptOrder {
  readonly run: Run;
  readonly release: ReleaseFacts;
  readonly receiptId: string;
  readonly salt: Uint8Array;
  /** Of the salts of this run's events. */
  readonly eventSeed: string;
  /** The log's name. */
  readonly origin: string;
}

/** A signed receipt on its way into the log. */
export interface UnsealedReceipt {
  readonly orgId: string;
  readonly taskId: string;
  readonly receiptId: string;
  readonly agentId: string;
  readonly serviceAccountKey: Uint8Array;
  readonly envelope: string;
  readonly eventSeed: string;
  /** Its leaf's data. */
  readonly entry: string;
  /** The run has produced something that is to become a file. */
  readonly hasArtifacts: boolean;
}

const EVENTS_BETWEEN_YIELDS = 500;

export async function buildReceipt(
  { run: { record, events, journal }, release, receiptId, salt, eventSeed, origin }: ReceiptOrder,
  { keys, yieldNow }: { readonly keys: ReceiptKeys; readonly yieldNow: () => Promise<void> },
): Promise<UnsealedReceipt> {
  const { orgId, taskId, agentId } = record;
  const serviceAccount = await keys.serviceAccount(agentId);
  const tree = new MerkleFrontier(nodeSha256);
  const source = { key: keys.saltKey, seed: eventSeed };
  for (const event of events) {
    tree.append(eventLeafHash(eventSalt(source, taskId, event.seq), canonicalText(event), nodeSha256));
    if (tree.size % EVENTS_BETWEEN_YIELDS === 0) await yieldNow();
  }
  const statement = buildStatement(
    { record, events, eventRoot: tree.root(), release, ...(journal === undefined ? {} : { journal }) },
    { receiptId, salt, origin, serviceAccountKey: thumbprintOf(serviceAccount) },
  );
  const payload = encodeStatement(statement);
  const controlPlaneId = `cp:${thumbprintOf(keys.controlPlane)}`;
  const envelope = await signEnvelope(IN_TOTO_PAYLOAD_TYPE, payload, [
    { keyid: `sa:${thumbprintOf(serviceAccount)}`, signer: serviceAccount },
    { keyid: controlPlaneId, signer: keys.controlPlane },
  ]);
  return {
    orgId,
    taskId,
    receiptId,
    agentId,
    serviceAccountKey: serviceAccount.publicKey,
    eventSeed,
    envelope: formatEnvelope(envelope),
    entry: receiptEntry(payload, controlPlaneId, nodeSha256),
    hasArtifacts: events.some(({ body }) => body.kind === "artifact" && isFile(body.artifact)),
  };
}

const thumbprints = new WeakMap<Signer, string>();

/** A key signs many receipts; its name is worked out once. */
function thumbprintOf(signer: Signer): string {
  const known = thumbprints.get(signer);
  if (known !== undefined) return known;
  const made = thumbprint(signer.publicKey);
  thumbprints.set(signer, made);
  return made;
}
