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
