import { PlatformError } from "@berth/protocol";

/**
 * The stored log is not the one that was signed. Nothing is sealed or proved from it any more: signing on would turn a
 * damaged or edited database into a log that contradicts itself for good.
 */
export function ledgerDisagrees(how: string, cause?: unknown): PlatformError {
  return new PlatformError("STORE_CONFLICT", `The ledger does not agree with its last checkpoint: ${how}.`, {
    cause,
    retryable: false,
    hint: "Restore the database and the keys folder from the same backup. Sealing is refused until they agree.",
  });
}

/** `file`: where the last checkpoint is remembered. */
function wayOut(file: string): string {
  return (
    `Restore the newest backup of the database. If what is missing is lost for good, run: rm '${file}' ` +
    "The platform then goes on from here, and whoever remembers the old log will see that it was replaced."
  );
}

/** The database is an earlier state of itself, or a new one beside old keys. */
export function ledgerRolledBack(found: number, signed: number, file: string): PlatformError {
  if (found === 0) {
    return new PlatformError(
      "LEDGER_ROLLED_BACK",
      `The database is empty, and this platform has signed for ${signed} ledger entries.`,
      {
        retryable: false,
        hint:
          `If you threw the database away on purpose, run: rm '${file}' and start again; the log then begins anew, ` +
          "and receipts of the old one still verify with the bundles you have. If not, restore the newest backup.",
      },
    );
  }
  return new PlatformError(
    "LEDGER_ROLLED_BACK",
    `The database has ${found} ledger entries; ${signed} were signed for.`,
    { retryable: false, hint: wayOut(file) },
  );
}

/** The database holds another history than the one that was signed. */
export function ledgerForked(size: number, file: string): PlatformError {
  return new PlatformError("LEDGER_FORKED", `The first ${size} ledger entries are not the ones that were signed for.`, {
    retryable: false,
    hint: wayOut(file),
  });
}
