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
  | "addenda"
  | "trust.witnesses"
  | "provenance.envelope"
  | "provenance.signature"
  | "provenance.statement"
  | "provenance.image"
  | "provenance.release"
  | "provenance.sbom"
  | "json"
  | "note"
  | "merkle"
  | "tile"
  | "key";

/**
 * Something does not hold. `check` names what was being checked; `message` says why, for a person; `index` is the first
 * bad one where many were checked: an event, an addendum, an entry, a receipt.
 */
export class LedgerError extends Error {
  override readonly name: string = "LedgerError";
  readonly check: LedgerCheckName;
  readonly index: number | undefined;

  constructor(
    check: LedgerCheckName,
    message: string,
    options: { readonly cause?: unknown; readonly index?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.check = check;
    this.index = options.index;
  }
}

/** Runs `step`; what it refuses is reported under `check`. A bug stays what it is. */
export async function during<T>(check: LedgerCheckName, step: () => T | Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof LedgerError) {
      const { message, index } = error;
      throw new LedgerError(check, message, { cause: error, ...(index === undefined ? {} : { index }) });
    }
    throw error;
  }
}
