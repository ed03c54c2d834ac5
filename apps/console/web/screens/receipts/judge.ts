import {
  CheckpointMemory,
  LedgerError,
  addendumKind,
  decodeBase64,
  parseTrustPolicy,
  parseVerifierKey,
  verifyAuditProof,
  verifyBundle,
  verifyCheckpoint,
  verifyConsistency,
} from "@berth/ledger";
import type { JsonValue, TrustPolicy, VerifiedReceipt } from "@berth/ledger";
import type { Engine } from "../../api/verifier-crypto.ts";
import type {
  AuditVerdict,
  BundleVerdict,
  GrowthVerdict,
  ManyVerdict,
  VerifiedSummary,
  VerifyAnswer,
  VerifyAsk,
} from "./verify-messages.ts";
import { heldBefore } from "./verify-steps.ts";

const MAX_FAILURES = 20;
/** So many are on their way through the browser's crypto at once. */
const TOGETHER = 32;

/** Every verdict of the console is made here, from bytes and keys alone. What the server says of itself is not asked. */
export async function judge(ask: VerifyAsk, engine: Engine): Promise<VerifyAnswer> {
  switch (ask.kind) {
    case "bundle":
      return await judgeBundle(ask, engine);
    case "many":
      return await judgeMany(ask, engine);
    case "audit":
      return await judgeAudit(ask, engine);
    default:
      return await judgeGrowth(ask, engine);
  }
}

type Asked<Kind extends VerifyAsk["kind"]> = Extract<VerifyAsk, { readonly kind: Kind }>;

async function judgeBundle({ text, trust }: Asked<"bundle">, { crypto, name: engine }: Engine): Promise<BundleVerdict> {
  const started = performance.now();
  const policy = policyOf(trust);
  const common = { kind: "bundle", engine, hasTrust: policy !== undefined } as const;
  try {
    const verified = await verifyBundle(text, { crypto, ...(policy === undefined ? {} : { trust: policy }) });
    return { ...common, held: verified.checks, receipt: summaryOf(verified), ms: performance.now() - started };
  } catch (error) {
    const { check, message, index } = refusalOf(error);
    const failed = { check, message, ...(index === undefined ? {} : { index }) };
    return { ...common, held: heldBefore(check), failed, ms: performance.now() - started };
  }
}

async function judgeMany({ texts, trust }: Asked<"many">, { crypto, name: engine }: Engine): Promise<ManyVerdict> {
  const started = performance.now();
  const policy = policyOf(trust);
  const options = { crypto, checkpoints: new CheckpointMemory(), ...(policy === undefined ? {} : { trust: policy }) };
  const failures: ManyVerdict["failures"][number][] = [];
  let held = 0;
  let next = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < texts.length; at = next++) {
      try {
        await verifyBundle(texts[at] ?? "", options);
        held += 1;
      } catch (error) {
        const { check, message } = refusalOf(error);
        failures.push({ at, check, message });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(TOGETHER, texts.length) }, work));
  const first = failures.toSorted((a, b) => a.at - b.at).slice(0, MAX_FAILURES);
  const ms = performance.now() - started;
  return { kind: "many", engine, workers: 1, total: texts.length, held, failures: first, ms };
}

async function judgeAudit({ text, trust }: Asked<"audit">, { crypto, name: engine }: Engine): Promise<AuditVerdict> {
  try {
    const { entry, index, head, vkey } = await verifyAuditProof(text, crypto);
    const isTrusted = policyOf(trust)?.logs.includes(vkey) === true;
    return { kind: "audit", engine, entry, index, size: head.size, origin: head.origin, isTrusted };
  } catch (error) {
    return { kind: "audit", engine, problem: refusalOf(error).message, isTrusted: false };
  }
}

/** That the log of now is what was seen before and more. */
async function judgeGrowth(
  { vkey, from, to, proof }: Asked<"growth">,
  { crypto, name: engine }: Engine,
): Promise<GrowthVerdict> {
  try {
    const key = parseVerifierKey(vkey);
    const head = await verifyCheckpoint(to, key, crypto);
    const now = { kind: "growth", engine, origin: head.origin, size: head.size } as const;
    if (from === undefined) return now;
    const before = await verifyCheckpoint(from, key, crypto);
    verifyConsistency({
      fromSize: before.size,
      fromRoot: before.root,
      toSize: head.size,
      toRoot: head.root,
      proof: proof.map(decodeBase64),
    });
    return { ...now, fromSize: before.size };
  } catch (error) {
    return { kind: "growth", engine, problem: refusalOf(error).message };
  }
}

function policyOf(trust: string | undefined): TrustPolicy | undefined {
  return trust === undefined ? undefined : parseTrustPolicy(trust);
}

/** A bug stays what it is. */
function refusalOf(error: unknown): LedgerError {
  if (error instanceof LedgerError) return error;
  throw error;
}

function summaryOf({ statement, contentHash, signedBy, log, events, addenda }: VerifiedReceipt): VerifiedSummary {
  return {
    statement,
    contentHash,
    signedBy,
    log: { origin: log.origin, size: log.size, index: log.index },
    events,
    addenda: addenda.map((each) => ({
      kind: addendumKind(each.statement),
      index: each.index,
      signedBy: each.signedBy,
      // It was parsed from JSON.
      predicate: each.statement.predicate as unknown as JsonValue,
    })),
  };
}
