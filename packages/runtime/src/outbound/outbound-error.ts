/** `refused`: we do not call such an address, now or later. The others may go better another time. */
export type OutboundErrorKind = "refused" | "unreachable" | "timeout";

/** Why a call did not get an answer. The message may be read by whoever gave the address. */
export class OutboundError extends Error {
  override readonly name: string = "OutboundError";
  readonly kind: OutboundErrorKind;

  constructor(kind: OutboundErrorKind, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.kind = kind;
  }
}
