import { generateKeyPairSync, sign } from "node:crypto";
import {
  IN_TOTO_PAYLOAD_TYPE,
  RUN_RECEIPT_TYPE,
  STATEMENT_TYPE,
  canonicalJson,
  decodeBase64Url,
  encodeBase64,
  encodeBase64Url,
  encodeLogEntry,
  encodeStatement,
  eventLeafHash,
  formatBundle,
  formatVerifierKey,
  inclusionProof,
  keyEntry,
  keyId,
  leafHash,
  merkleRoot,
  nodeHash,
  noteKey,
  receiptEntry,
  sha256,
  signCheckpoint,
  signEnvelope,
  thumbprint,
  treeRoot,
} from "../src/index.ts";
import type { BundleParts, RunReceiptStatement, Signer, SubtreeReader, TrustPolicy } from "../src/index.ts";

/** A log with one receipt in it, made with this package and node:crypto only. */
export interface SampleLog {
  readonly origin: string;
  readonly entries: readonly string[];
  readonly statement: RunReceiptStatement;
  readonly payload: Uint8Array;
  readonly parts: BundleParts;
  readonly bundle: string;
  readonly trust: TrustPolicy;
  readonly signers: { readonly log: Signer; readonly controlPlane: Signer; readonly serviceAccount: Signer };
}

export interface SampleOptions {
  /** Entries before the keys, between keys and receipt, and after. */
  readonly filler?: readonly [before: number, between: number, after: number];
  /** Sequence numbers of events that only their leaf hash stands for. */
  readonly withheld?: readonly number[];
  /** Agent that the service account's key is announced for; default: the receipt's. */
  readonly announcedFor?: string;
  readonly change?: (statement: RunReceiptStatement) => RunReceiptStatement;
}

export function nodeSigner(): Signer {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return {
    publicKey: decodeBase64Url(publicKey.export({ format: "jwk" }).x ?? ""),
    sign: (data) => sign(null, data, privateKey),
  };
}

/** Reads subtrees straight from the leaf hashes. */
export function readerOf(leaves: readonly Uint8Array[]): SubtreeReader {
  const read: SubtreeReader = (level, index) => {
    if (level > 0) return nodeHash(read(level - 1, index * 2), read(level - 1, index * 2 + 1));
    const leaf = leaves[index];
    if (leaf === undefined) throw new Error(`no leaf ${index}`);
    return leaf;
  };
  return read;
}

export async function makeSampleLog(options: SampleOptions = {}): Promise<SampleLog> {
  const { filler: [before, between, after] = [3, 2, 4], withheld = [], change = (s) => s } = options;
  const origin = "berth.test/ledger/1";
  const signers = { log: nodeSigner(), controlPlane: nodeSigner(), serviceAccount: nodeSigner() };
  const { log, controlPlane, serviceAccount } = signers;
  const events = sampleEvents().map((event, i) => ({ event, salt: sha256(Uint8Array.of(i)).subarray(0, 16) }));
  const leaves = events.map(({ event, salt }) => eventLeafHash(salt, canonicalJson(event)));
  const statement = change(sampleStatement(origin, thumbprint(serviceAccount.publicKey), leaves));
  const payload = encodeStatement(statement);
  const cp = keyId("cp", controlPlane.publicKey);
  const noise = (count: number, from: number): readonly string[] =>
    Array.from({ length: count }, (_, i) =>
      encodeLogEntry({ h: encodeBase64(sha256(Uint8Array.of(from, i % 256, i >> 8))), k: "receipt", s: cp, v: 1 }),
    );
  const entries = [
    ...noise(before, 1),
    keyEntry({ role: "cp", publicKey: controlPlane.publicKey, origin }),
    keyEntry({
      role: "sa",
      publicKey: serviceAccount.publicKey,
      origin,
      agentId: options.announcedFor ?? statement.predicate.agent.id,
    }),
    ...noise(between, 2),
    receiptEntry(payload, cp),
    ...noise(after, 3),
  ];
  const size = entries.length;
  const read = readerOf(entries.map((entry) => leafHash(Buffer.from(entry))));
  const position = (index: number): { index: number; proof: readonly Uint8Array[] } => ({
    index,
    proof: inclusionProof(index, size, read),
  });
  const vkey = formatVerifierKey(noteKey(origin, log.publicKey));
  const parts: BundleParts = {
    envelope: await signEnvelope(IN_TOTO_PAYLOAD_TYPE, payload, [
      { keyid: keyId("sa", serviceAccount.publicKey), signer: serviceAccount },
      { keyid: cp, signer: controlPlane },
    ]),
    events: events.map((item, i) => (withheld.includes(i + 1) ? { leaf: leaves[i] ?? new Uint8Array(0) } : item)),
    serviceAccount: { publicKey: serviceAccount.publicKey, ...position(before + 1) },
    controlPlane: { publicKey: controlPlane.publicKey, ...position(before) },
    log: { vkey, checkpoint: await signCheckpoint({ origin, size, root: treeRoot(size, read) }, log) },
    receipt: position(before + 2 + between),
  };
  const trust = { logs: [vkey], controlPlanes: [cp] };
  return { origin, entries, statement, payload, parts, bundle: formatBundle(parts), trust, signers };
}

function sampleEvents(): readonly { readonly [key: string]: unknown }[] {
  const at = "2026-11-29T10:00:00.000Z";
  return [
    {
      taskId: "task_1",
      seq: 1,
      at,
      body: { kind: "accepted", message: { text: "Grüße \u{1f600}\u0007 0.5", n: 0.5 } },
    },
    { taskId: "task_1", seq: 2, at, body: { kind: "status", status: { state: "TASK_STATE_WORKING" } } },
    { taskId: "task_1", seq: 3, at, body: { kind: "status", status: { state: "TASK_STATE_COMPLETED" } } },
  ];
}

function sampleStatement(origin: string, saKey: string, leaves: readonly Uint8Array[]): RunReceiptStatement {
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name: "result", digest: { sha256: "00".repeat(32) } }],
    predicateType: RUN_RECEIPT_TYPE,
    predicate: {
      v: 1,
      receipt: "rcpt_1",
      salt: encodeBase64Url(new Uint8Array(16).fill(9)),
      log: origin,
      agent_seq: 1,
      run: {
        id: "task_1",
        task_id: "task_1",
        context_id: "ctx_1",
        protocol: "a2a",
        status: "completed",
        accepted_at: "2026-11-29T10:00:00.000Z",
        completed_at: "2026-11-29T10:00:01.000Z",
        elapsed_ms: 1000,
      },
      agent: { id: "agt_1", name: "echo", release: "rel_1", sa_key: saKey },
      caller: { sub: "usr_1", kind: "user", org: "org_default" },
      io: { input: `sha256:${"11".repeat(32)}`, result: `sha256:${"00".repeat(32)}` },
      events: { n: leaves.length, root: encodeBase64(merkleRoot(leaves)) },
    },
  };
}
