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

const WAY_OUT =
  "Restore the newest backup of the database. If what is missing is lost for good, delete keys/last-checkpoint in the " +
  "platform's folder: it then goes on from here, and whoever remembers the old log will see that it was replaced.";

/** The database is an earlier state of itself. */
export function ledgerRolledBack(found: number, signed: number): PlatformError {
  return new PlatformError(
    "LEDGER_ROLLED_BACK",
    `The database has ${found} ledger entries; ${signed} were signed for.`,
    { retryable: false, hint: WAY_OUT },
  );
}

/** The database holds another history than the one that was signed. */
export function ledgerForked(size: number): PlatformError {
  return new PlatformError("LEDGER_FORKED", `The first ${size} ledger entries are not the ones that were signed for.`, {
    retryable: false,
    hint: WAY_OUT,
  });
}
