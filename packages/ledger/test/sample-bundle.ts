import { generateKeyPairSync, sign } from "node:crypto";
import {
  IN_TOTO_PAYLOAD_TYPE,
  RUN_ADJUST_TYPE,
  RUN_EVAL_TYPE,
  RUN_RECEIPT_TYPE,
  RUN_REVIEW_TYPE,
  STATEMENT_TYPE,
  canonicalJson,
  contentEntry,
  decodeBase64Url,
  encodeAddendum,
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
  vouchForKey,
} from "../src/index.ts";
import type {
  AddendumKind,
  AddendumStatement,
  BundleKey,
  BundleParts,
  DsseEnvelope,
  RunReceiptStatement,
  Signer,
  SubtreeReader,
  TrustPolicy,
} from "../src/index.ts";

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
  /** How often the control plane's key was replaced before the receipt. */
  readonly rotations?: number;
  /** Kinds of the addenda, the first right after the receipt; signed by a key that took over after it when `handedOver`. */
  readonly addenda?: readonly AddendumKind[];
  readonly handedOver?: boolean;
  readonly changeAddendum?: (statement: AddendumStatement) => AddendumStatement;
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
  const { addenda: kinds = [], changeAddendum = (s) => s } = options;
  const origin = "berth.test/ledger/1";
  const signers = { log: nodeSigner(), serviceAccount: nodeSigner() };
  const { log, serviceAccount } = signers;
  const events = sampleEvents().map((event, i) => ({ event, salt: sha256(Uint8Array.of(i)).subarray(0, 16) }));
  const leaves = events.map(({ event, salt }) => eventLeafHash(salt, canonicalJson(event)));
  const statement = change(sampleStatement(origin, thumbprint(serviceAccount.publicKey), leaves));
  const payload = encodeStatement(statement);
  const entries: string[] = [];
  const add = (entry: string): number => entries.push(entry) - 1;
  const noise = (count: number, from: number): void => {
    for (let i = 0; i < count; i++) {
      const h = encodeBase64(sha256(Uint8Array.of(from, i % 256, i >> 8)));
      add(encodeLogEntry({ h, k: "audit", s: "cp:noise", v: 1 }));
    }
  };

  noise(before, 1);
  const first = await announceControlPlane(origin, add);
  const agentId = options.announcedFor ?? statement.predicate.agent.id;
  const saIndex = add(keyEntry({ role: "sa", publicKey: serviceAccount.publicKey, origin, agentId }));
  let controlPlane = first;
  for (let i = 0; i < (options.rotations ?? 0); i++) {
    controlPlane = await announceControlPlane(origin, add, controlPlane);
  }
  noise(between, 2);
  const cp = keyId("cp", controlPlane.signer.publicKey);
  const receiptIndex = add(receiptEntry(payload, cp));
  const speaker = options.handedOver === true ? await announceControlPlane(origin, add, controlPlane) : controlPlane;
  const addenda: { envelope: DsseEnvelope; index: number }[] = [];
  for (const [i, kind] of kinds.entries()) {
    const content = encodeAddendum(changeAddendum(sampleAddendum(kind, i, statement, payload)));
    const keyid = keyId("cp", speaker.signer.publicKey);
    const envelope = await signEnvelope(IN_TOTO_PAYLOAD_TYPE, content, [{ keyid, signer: speaker.signer }]);
    addenda.push({ envelope, index: add(contentEntry(kind, content, keyid)) });
  }
  noise(after, 3);

  const size = entries.length;
  const read = readerOf(entries.map((entry) => leafHash(Buffer.from(entry))));
  const position = (index: number): { index: number; proof: readonly Uint8Array[] } => ({
    index,
    proof: inclusionProof(index, size, read),
  });
  const toKey = ({ signer, index, prior }: SampleKey): BundleKey => ({
    publicKey: signer.publicKey,
    ...position(index),
    ...(prior === undefined ? {} : { prior: { key: toKey(prior.key), signature: prior.signature } }),
  });
  const vkey = formatVerifierKey(noteKey(origin, log.publicKey));
  const parts: BundleParts = {
    envelope: await signEnvelope(IN_TOTO_PAYLOAD_TYPE, payload, [
      { keyid: keyId("sa", serviceAccount.publicKey), signer: serviceAccount },
      { keyid: cp, signer: controlPlane.signer },
    ]),
    events: events.map((item, i) => (withheld.includes(i + 1) ? { leaf: leaves[i] ?? new Uint8Array(0) } : item)),
    serviceAccount: { publicKey: serviceAccount.publicKey, ...position(saIndex) },
    controlPlane: toKey(controlPlane),
    log: { vkey, checkpoint: await signCheckpoint({ origin, size, root: treeRoot(size, read) }, log) },
    receipt: position(receiptIndex),
    addenda: addenda.map(({ envelope, index }) => ({
      envelope,
      ...position(index),
      ...(options.handedOver === true ? { key: toKey(speaker) } : {}),
    })),
  };
  const trust = { logs: [vkey], controlPlanes: [keyId("cp", first.signer.publicKey)] };
  return {
    origin,
    entries,
    statement,
    payload,
    parts,
    bundle: formatBundle(parts),
    trust,
    signers: { ...signers, controlPlane: controlPlane.signer },
  };
}

interface SampleKey {
  readonly signer: Signer;
  readonly index: number;
  readonly prior?: { readonly key: SampleKey; readonly signature: Uint8Array };
}

async function announceControlPlane(
  origin: string,
  add: (entry: string) => number,
  prior?: SampleKey,
): Promise<SampleKey> {
  const signer = nodeSigner();
  const key = { role: "cp", publicKey: signer.publicKey, origin } as const;
  if (prior === undefined) return { signer, index: add(keyEntry(key)) };
  const by = await vouchForKey("rotate", key, { role: "cp", signer: prior.signer });
  const index = add(keyEntry(key, sha256, { op: "rotate", by }));
  return { signer, index, prior: { key: prior, signature: by.signature } };
}

function sampleAddendum(
  kind: AddendumKind,
  i: number,
  { predicate: { receipt, log } }: RunReceiptStatement,
  payload: Uint8Array,
): AddendumStatement {
  const subject = [{ name: receipt, digest: { sha256: Buffer.from(sha256(payload)).toString("hex") } }];
  const salt = encodeBase64Url(new Uint8Array(16).fill(i));
  const part = { v: 1, addendum: `add_${i}`, salt, log, at: "2026-11-29T10:00:05.000Z" } as const;
  const hash = `sha256:${"22".repeat(32)}`;
  const _type = STATEMENT_TYPE;
  if (kind === "eval") {
    const failures = [{ case: "totals", reason: "expected 3, got 2" }];
    const predicate = { ...part, suite: "totals", rubric: hash, score: "0.75", passed: false, failures };
    return { _type, subject, predicateType: RUN_EVAL_TYPE, predicate };
  }
  if (kind === "review") {
    const predicate = { ...part, approver: "usr_2", verdict: "approved", notes: hash } as const;
    return { _type, subject, predicateType: RUN_REVIEW_TYPE, predicate };
  }
  const predicate = { ...part, amount: "-0.0123", currency: "USD", journal: "jr_1", by: "usr_3", reason: hash };
  return { _type, subject, predicateType: RUN_ADJUST_TYPE, predicate };
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
