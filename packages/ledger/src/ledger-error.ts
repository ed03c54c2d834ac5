/**
 * What is verified, in the order in which `verifyBundle` does it. Append only: people's scripts read these names.
 * `json`, `note`, `merkle`, `tile` and `key` come from the single functions of this package when they are used alone.
 */
export type LedgerCheckName =
  | "format"
  | "envelope"
  | "payload"
  | "keys"
  | "signature.sa"
  | "signature.cp"
  | "events"
  | "log.checkpoint"
  | "log.receipt"
  | "log.sa-key"
  | "log.cp-key"
  | "trust.log"
  | "trust.control-plane"
  | "json"
  | "note"
  | "merkle"
  | "tile"
  | "key";

/** Something does not hold. `check` names what was being checked; `message` says why, for a person. */
export class LedgerError extends Error {
  override readonly name: string = "LedgerError";
  readonly check: LedgerCheckName;

  constructor(check: LedgerCheckName, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.check = check;
  }
}

/** Runs `step`; what it refuses is reported under `check`. A bug stays what it is. */
export async function during<T>(check: LedgerCheckName, step: () => T | Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof LedgerError) throw new LedgerError(check, error.message, { cause: error });
    throw error;
  }
}
