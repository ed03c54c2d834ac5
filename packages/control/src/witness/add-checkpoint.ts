import {
  LedgerError,
  cosign,
  decodeBase64,
  emptyRoot,
  encodeBase64,
  parseCheckpointText,
  parseVerifierKey,
  verifyCheckpoint,
  verifyConsistency,
} from "@berth/ledger";
import type { Signer, WitnessKey } from "@berth/ledger";
import type { WitnessStore } from "@berth/store";

export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  /** Of 200 the signature line, of 409 the size we are at, else a sentence. */
  readonly text: string;
}

export interface WitnessOptions {
  readonly store: WitnessStore;
  readonly key: WitnessKey;
  readonly signer: Signer;
  readonly now: () => Date;
}

interface Submission {
  readonly oldSize: number;
  readonly proof: readonly Uint8Array[];
  readonly note: string;
  /** What is signed of the note. */
  readonly text: string;
}

const MAX_PROOF = 63;

/** C2SP tlog-witness, add-checkpoint. `body` comes from anyone. */
export async function addCheckpoint(body: string, { store, key, signer, now }: WitnessOptions): Promise<WitnessAnswer> {
  const asked = refusing(() => parseSubmission(body));
  if (asked === undefined) return { status: 400, text: "not an add-checkpoint request\n" };
  const { oldSize, proof, note, text } = asked;
  const head = refusing(() => parseCheckpointText(text));
  if (head === undefined) return { status: 400, text: "not a checkpoint\n" };
  const log = await store.log(head.origin);
  if (log === undefined) return { status: 404, text: "this log is not witnessed here\n" };
  try {
    await verifyCheckpoint(note, parseVerifierKey(log.vkey));
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    return { status: 403, text: "no known key of this log signed the checkpoint\n" };
  }
  if (oldSize > head.size) return { status: 400, text: "the old size is above the checkpoint's\n" };
  const elsewhere: WitnessAnswer = { status: 409, text: `${log.size}\n` };
  if (oldSize !== log.size) return elsewhere;
  const root = encodeBase64(head.root);
  if (log.size > 0 && log.size === head.size && log.root !== root) return elsewhere;
  const fromRoot = log.size === 0 ? emptyRoot() : decodeBase64(log.root);
  const claim = { fromSize: log.size, fromRoot, toSize: head.size, toRoot: head.root, proof };
  if (refusing(() => (verifyConsistency(claim), true)) === undefined) {
    return { status: 422, text: "the consistency proof does not hold\n" };
  }
  // Kept before it is signed: after a crash we know at least what we have said.
  if (await store.advance(log.origin, log, { size: head.size, root })) {
    return { status: 200, text: await cosign(text, key, signer, now()) };
  }
  const moved = await store.log(log.origin);
  return { status: 409, text: `${moved?.size ?? 0}\n` };
}

/** @throws LedgerError */
function parseSubmission(body: string): Submission {
  const split = body.indexOf("\n\n");
  const [first = "", ...lines] = body.slice(0, Math.max(0, split)).split("\n");
  const [, size] = /^old (0|[1-9]\d{0,15})$/.exec(first) ?? [];
  if (size === undefined || !Number.isSafeInteger(Number(size)) || lines.length > MAX_PROOF) {
    throw new LedgerError("format", "not an add-checkpoint request");
  }
  const note = body.slice(split + 2);
  const text = note.slice(0, note.lastIndexOf("\n\n") + 1);
  return { oldSize: Number(size), proof: lines.map(decodeBase64), note, text };
}

function refusing<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof LedgerError) return undefined;
    throw error;
  }
}
