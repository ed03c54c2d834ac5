import {
  MerkleFrontier,
  encodeBase64,
  equalBytes,
  leafHash,
  parseCheckpointText,
  parseEnvelope,
  parseStrictJson,
  payloadOf,
  receiptEntry,
} from "@berth/ledger";
import type { ReceiptRecord, ReceiptStore, Store } from "@berth/store";
import { differencesOf } from "../billing/match-task.ts";
import { nodeSha256 } from "./node-sha256.ts";
import type { LedgerCheck } from "./receipts.ts";

const ENTRIES_PAGE = 8192;
const RECEIPTS_PAGE = 500;
const MAX_RANGE = 65_536;
const MAX_DIFFERENCES = 100;

/**
 * Reads the whole log and every receipt of the organization from the store, trusting nothing that is in memory:
 * every ended task has a receipt or waits for one, every receipt is in the log, the log has the root that was signed.
 * And every ended task has its journal, which balances and is the one that the receipt signs.
 */
export async function checkLedger(
  { receipts: store, journals }: Pick<Store, "receipts" | "journals">,
  orgId: string,
  yieldNow: () => Promise<void>,
): Promise<LedgerCheck> {
  const counts = await store.counts(orgId);
  const differences = counts.missing.map((taskId) => `task ${taskId} has ended and has no receipt`);
  const accounted = counts.receipts + counts.pending;
  if (counts.terminalTasks !== accounted) {
    differences.push(`${counts.terminalTasks} tasks have ended, ${accounted} have a receipt or wait for one`);
  }
  if (counts.terminalTasks !== counts.journals) {
    differences.push(`${counts.terminalTasks} tasks have ended, ${counts.journals} have a journal`);
  }
  differences.push(...(await checkRoot(store)));
  for await (const page of pagesOf(store, orgId)) {
    differences.push(...(await checkPage(store, page)));
    if (differences.length >= MAX_DIFFERENCES) break;
    await yieldNow();
  }
  for await (const found of checkTasks(journals, orgId)) {
    differences.push(...found);
    if (differences.length >= MAX_DIFFERENCES) break;
    await yieldNow();
  }
  return {
    tasks: counts.terminalTasks,
    receipts: counts.receipts,
    journals: counts.journals,
    pending: counts.pending,
    // What both a count and the task itself show is one difference.
    differences: [...new Set(differences)].slice(0, MAX_DIFFERENCES),
  };
}

async function* checkTasks(journals: Store["journals"], orgId: string): AsyncGenerator<readonly string[]> {
  let after: { readonly orgId: string; readonly taskId: string } | undefined;
  do {
    const page = await journals.proofs({ orgId, limit: RECEIPTS_PAGE, ...(after === undefined ? {} : { after }) });
    yield page.flatMap(differencesOf);
    after = page.length < RECEIPTS_PAGE ? undefined : page.at(-1);
  } while (after !== undefined);
}

async function checkRoot(store: ReceiptStore): Promise<readonly string[]> {
  const note = await store.checkpoint();
  if (note === undefined) return (await store.ledgerSize()) === 0 ? [] : ["the log has entries and no checkpoint"];
  const { size, root } = parseCheckpointText(note.slice(0, note.lastIndexOf("\n\n") + 1));
  const tree = new MerkleFrontier(nodeSha256);
  while (tree.size < size) {
    const from = tree.size;
    const entries = await store.ledgerEntries(from, Math.min(from + ENTRIES_PAGE, size));
    if (entries.length === 0) return [`log entry ${from} is missing`];
    for (const { index, data } of entries) {
      if (index !== tree.size) return [`log entry ${tree.size} is missing`];
      tree.append(leafHash(Buffer.from(data), nodeSha256));
    }
  }
  return equalBytes(tree.root(), root)
    ? []
    : [`the ${size} log entries have the root ${encodeBase64(tree.root())}, the checkpoint says ${encodeBase64(root)}`];
}

async function* pagesOf(store: ReceiptStore, orgId: string): AsyncGenerator<readonly ReceiptRecord[]> {
  let token: string | undefined;
  do {
    const page = await store.list(orgId, { size: RECEIPTS_PAGE, ...(token === undefined ? {} : { token }) });
    yield page.receipts;
    token = page.nextPageToken;
  } while (token !== undefined);
}

async function checkPage(store: ReceiptStore, receipts: readonly ReceiptRecord[]): Promise<readonly string[]> {
  const entries = await entriesOf(
    store,
    receipts.map(({ leafIndex }) => leafIndex),
  );
  return receipts.flatMap((receipt) => {
    const { receiptId, leafIndex } = receipt;
    return entries.get(leafIndex) === expectedEntry(receipt)
      ? []
      : [`receipt ${receiptId} is not what log entry ${leafIndex} stands for`];
  });
}

async function entriesOf(store: ReceiptStore, indexes: readonly number[]): Promise<ReadonlyMap<number, string>> {
  const found = new Map<number, string>();
  // Neighbours in one read; receipts of other organizations may lie between them.
  for (let rest = [...indexes].sort((a, b) => a - b); rest.length > 0;) {
    const [from = 0] = rest;
    const together = rest.filter((index) => index < from + MAX_RANGE);
    for (const { index, data } of await store.ledgerEntries(from, (together.at(-1) ?? from) + 1))
      found.set(index, data);
    rest = rest.slice(together.length);
  }
  return found;
}

/** Undefined when the envelope cannot even be read. */
function expectedEntry({ envelope }: ReceiptRecord): string | undefined {
  try {
    const { signatures, ...rest } = parseEnvelope(parseStrictJson(envelope));
    return receiptEntry(payloadOf({ signatures, ...rest }), signatures[1]?.keyid ?? "", nodeSha256);
  } catch {
    return undefined;
  }
}
