import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import {
  IN_TOTO_PAYLOAD_TYPE,
  RUN_RECEIPT_TYPE,
  STATEMENT_TYPE,
  canonicalJson,
  decodeBase64Url,
  encodeBase64,
  encodeBase64Url,
  encodeStatement,
  eventLeafHash,
  formatBundle,
  formatPublishedKeys,
  formatVerifierKey,
  inclusionProof,
  keyEntry,
  keyId,
  leafHash,
  merkleRoot,
  nodeHash,
  noteKey,
  receiptEntry,
  signCheckpoint,
  signEnvelope,
  thumbprint,
  toJwk,
  treeRoot,
} from "@berth/ledger";
import type { RunReceiptStatement, Signer, SubtreeReader } from "@berth/ledger";

/** A bundle as a platform seals it, and the document at its `/ledger/keys`. */
export async function makeSampleReceipt(): Promise<{ readonly bundle: string; readonly keys: string }> {
  const origin = "berth.test/ledger/1";
  const [log, controlPlane, serviceAccount] = [newSigner(), newSigner(), newSigner()];
  const [cp, sa] = [keyId("cp", controlPlane.publicKey), keyId("sa", serviceAccount.publicKey)];
  const event = { taskId: "task_1", seq: 1, body: { kind: "note" } };
  const salt = new Uint8Array(randomBytes(16));
  const statement = statementOf(
    origin,
    thumbprint(serviceAccount.publicKey),
    eventLeafHash(salt, canonicalJson(event)),
  );
  const payload = encodeStatement(statement);
  const entries = [
    keyEntry({ role: "cp", publicKey: controlPlane.publicKey, origin }),
    keyEntry({ role: "sa", publicKey: serviceAccount.publicKey, origin, agentId: "agt_1" }),
    receiptEntry(payload, cp),
  ];
  const read = readerOf(entries.map((entry) => leafHash(new TextEncoder().encode(entry))));
  const at = (index: number): { readonly index: number; readonly proof: readonly Uint8Array[] } => ({
    index,
    proof: inclusionProof(index, entries.length, read),
  });
  const vkey = formatVerifierKey(noteKey(origin, log.publicKey));
  const head = { origin, size: entries.length, root: treeRoot(entries.length, read) };
  const bundle = formatBundle({
    envelope: await signEnvelope(IN_TOTO_PAYLOAD_TYPE, payload, [
      { keyid: sa, signer: serviceAccount },
      { keyid: cp, signer: controlPlane },
    ]),
    events: [{ event, salt }],
    serviceAccount: { publicKey: serviceAccount.publicKey, ...at(1) },
    controlPlane: { publicKey: controlPlane.publicKey, ...at(0) },
    log: { vkey, checkpoint: await signCheckpoint(head, log) },
    receipt: at(2),
  });
  const jwk = toJwk(controlPlane.publicKey);
  return { bundle, keys: formatPublishedKeys({ origin, log: { vkey }, controlPlane: [{ keyid: cp, jwk }] }) };
}

function newSigner(): Signer {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return {
    publicKey: decodeBase64Url(publicKey.export({ format: "jwk" }).x ?? ""),
    sign: (data) => sign(null, data, privateKey),
  };
}

function readerOf(leaves: readonly Uint8Array[]): SubtreeReader {
  const read: SubtreeReader = (level, index) => {
    if (level > 0) return nodeHash(read(level - 1, index * 2), read(level - 1, index * 2 + 1));
    const leaf = leaves[index];
    if (leaf === undefined) throw new Error(`no leaf ${index}`);
    return leaf;
  };
  return read;
}

function statementOf(origin: string, saKey: string, leaf: Uint8Array): RunReceiptStatement {
  const at = "2026-11-29T10:00:00.000Z";
  const ids = { id: "task_1", task_id: "task_1", context_id: "ctx_1" };
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name: "result", digest: { sha256: "00".repeat(32) } }],
    predicateType: RUN_RECEIPT_TYPE,
    predicate: {
      v: 1,
      receipt: "rcpt_1",
      salt: encodeBase64Url(new Uint8Array(16)),
      log: origin,
      agent_seq: 1,
      run: { ...ids, protocol: "a2a", status: "completed", accepted_at: at, completed_at: at, elapsed_ms: 0 },
      agent: { id: "agt_1", name: "echo", release: "rel_1", sa_key: saKey },
      caller: { sub: "usr_1", kind: "user", org: "org_default" },
      io: { input: `sha256:${"11".repeat(32)}`, result: `sha256:${"00".repeat(32)}` },
      events: { n: 1, root: encodeBase64(merkleRoot([leaf])) },
    },
  };
}
