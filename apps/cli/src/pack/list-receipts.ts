import type { PlatformClient, ReceiptLine } from "@berth/sdk/client";
import { UsageError } from "../args/usage-error.ts";
import { gapsIn } from "./pack-index.ts";
import type { OpenRun } from "./pack-index.ts";

export interface PackRange {
  /** RFC 3339, as the platform writes times, so that they compare as text. */
  readonly since: string;
  readonly until: string;
  readonly agent?: string;
}

/** Of receipts, of journals, and of audit entries: what one pack, and whoever checks it, can hold in memory. */
const MAX_ITEMS = 100_000;
const PAGE = 100;
const MAX_OPEN = 1_000;

/**
 * Receipts of runs that ended in the range, in the order of the log, and those beside it that are counted between them:
 * an agent counts its runs as they are accepted, and they end in another order.
 */
export async function listReceipts(
  client: PlatformClient,
  range: PackRange,
): Promise<{ readonly lines: readonly ReceiptLine[]; readonly open: readonly OpenRun[] }> {
  const inRange: ReceiptLine[] = [];
  const before: ReceiptLine[] = [];
  let earliest = range.since;
  for await (const line of newestFirst(client, range)) {
    // Whatever was accepted after the first of the range was, is sealed after that.
    if (line.sealedAt < earliest) break;
    if (line.completedAt >= range.until) continue;
    if (line.completedAt < range.since) before.push(line);
    else {
      inRange.push(line);
      if (line.acceptedAt < earliest) earliest = line.acceptedAt;
    }
    assertFits(inRange.length + before.length, "receipts");
  }
  const seqs = new Map<string, Set<number>>();
  for (const { agentId, agentSeq } of inRange) {
    seqs.set(agentId, (seqs.get(agentId) ?? new Set()).add(agentSeq));
  }
  const missing = new Set(gapsIn(seqs, MAX_ITEMS).map(placeOf));
  const beside = before.filter((line) => missing.delete(placeOf(line)));
  if (missing.size > 0) {
    for await (const line of newestFirst(client, range)) {
      if (missing.size === 0 || line.sealedAt < range.until) break;
      if (line.completedAt >= range.until && missing.delete(placeOf(line))) beside.push(line);
    }
  }
  for (const { agentId, agentSeq } of beside) seqs.get(agentId)?.add(agentSeq);
  const lines = [...inRange, ...beside].toSorted((a, b) => a.leafIndex - b.leafIndex);
  return { lines, open: gapsIn(seqs, MAX_OPEN) };
}

/** @throws UsageError */
export function assertFits(count: number, what: string): void {
  if (count <= MAX_ITEMS) return;
  throw new UsageError(`There are more than ${MAX_ITEMS} ${what}.`, "Make several packs, each of a shorter time.");
}

function placeOf({ agentId, agentSeq }: OpenRun): string {
  return `${agentSeq} ${agentId}`;
}

async function* newestFirst(client: PlatformClient, { agent }: PackRange): AsyncGenerator<ReceiptLine> {
  let pageToken = "";
  do {
    const page = await client.receipts.list({ pageSize: PAGE, ...(pageToken === "" ? {} : { pageToken }) });
    for (const line of page.receipts) if (agent === undefined || line.agent === agent) yield line;
    pageToken = page.nextPageToken ?? "";
  } while (pageToken !== "");
}
