/** What is verified of a pack. */
export type PackCheck =
  | "archive"
  | "receipts"
  | "audit"
  | "journals"
  | "ledger"
  | "completeness"
  | "statements"
  | "index";

/** Something in a pack does not hold: what was being checked, in which file, and why, for a person. */
export class PackError extends Error {
  override readonly name: string = "PackError";
  readonly check: PackCheck;
  /** "" where it is the whole pack. */
  readonly file: string;

  constructor(check: PackCheck, file: string, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.check = check;
    this.file = file;
  }
}
