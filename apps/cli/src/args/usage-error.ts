/** The command line is wrong, and nothing was done. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}
