import { encodeBase64 } from "./base64.ts";
import { parseHash, parseSize } from "./checkpoint.ts";
import { LedgerError } from "./ledger-error.ts";

/** Offline proof that an entry is in a log (C2SP tlog-proof v1); without the optional extra data. */
export interface TlogProof {
  readonly index: number;
  /** Audit path, leaf's sibling first. */
  readonly hashes: readonly Uint8Array[];
  /** The signed note, as the log made it. */
  readonly checkpoint: string;
}

const HEADER = "c2sp.org/tlog-proof@v1";

export function formatTlogProof({ index, hashes, checkpoint }: TlogProof): string {
  return [HEADER, `index ${index}`, ...hashes.map(encodeBase64), "", checkpoint].join("\n");
}

/** Reads the form only; nothing is verified. @throws LedgerError `note`. */
export function parseTlogProof(text: string): TlogProof {
  const split = text.indexOf("\n\n");
  const [header, ...lines] = text.slice(0, Math.max(split, 0)).split("\n");
  if (split < 0 || header !== HEADER) throw new LedgerError("note", "not a tlog-proof");
  // Extra data is not authenticated by anything, so it is skipped, not returned.
  if (lines[0]?.startsWith("extra ") === true) lines.shift();
  const [, index] = /^index (\d+)$/.exec(lines.shift() ?? "") ?? [];
  if (index === undefined || lines.length > 64) throw new LedgerError("note", "the tlog-proof is malformed");
  return { index: parseSize(index), hashes: lines.map(parseHash), checkpoint: text.slice(split + 2) };
}
