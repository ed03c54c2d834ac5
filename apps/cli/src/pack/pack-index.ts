export const PACK_TYPE = "https://berth.dev/compliance-pack/v1";

/** Lines in one file of audit entries or journals: what is held in memory while it is written or read. */
export const LINES_PER_FILE = 1_000;

/** A place in an agent's count that has no receipt in the pack. */
export interface OpenRun {
  readonly agentId: string;
  readonly agentSeq: number;
}

/** `index.json`, the last file. It is not signed; everything that it lists proves itself. */
export interface PackIndex {
  readonly type: typeof PACK_TYPE;
  /** RFC 3339: runs that ended, and acts, from `since` and before `until`. */
  readonly since: string;
  readonly until: string;
  /** Only this agent's runs; acts and statements are then left out. */
  readonly agent?: string;
  readonly receipts: number;
  readonly audit: number;
  /** Audit entries from before the platform sealed them. */
  readonly unproved: number;
  readonly journals: number;
  /** Counted by agents and without a receipt when the pack was made: the platform says that these had not ended. */
  readonly open: readonly OpenRun[];
  /** In the order of the archive. */
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
}

export function receiptFileName({
  leafIndex,
  receiptId,
}: {
  readonly leafIndex: number;
  readonly receiptId: string;
}): string {
  return `receipts/${String(leafIndex).padStart(12, "0")}-${receiptId}.json`;
}

/** Places between the first and the last of each agent that nothing stands at, at most `limit`. */
export function gapsIn(seqs: ReadonlyMap<string, ReadonlySet<number>>, limit: number): readonly OpenRun[] {
  const gaps: OpenRun[] = [];
  for (const [agentId, known] of seqs) {
    const sorted = [...known].toSorted((a, b) => a - b);
    for (const [i, seq] of sorted.entries()) {
      const next = sorted[i + 1] ?? seq;
      for (let missing = seq + 1; missing < next; missing++) {
        if (gaps.length >= limit) return gaps;
        gaps.push({ agentId, agentSeq: missing });
      }
    }
  }
  return gaps;
}
