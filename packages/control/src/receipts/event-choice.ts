import { LedgerError, parseEventChoice } from "@berth/ledger";
import type { EventChoice } from "@berth/ledger";
import { PlatformError } from "@berth/protocol";

/** The events that a caller asks to see: `all`, `none`, or numbers such as `1,5-9`. @throws INVALID_PARAMS */
export function toEventChoice(text: string): EventChoice {
  try {
    return parseEventChoice(text);
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    const field = "events";
    const description = "must be all, none, or numbers and ranges such as 1,5-9";
    throw new PlatformError("INVALID_PARAMS", `${field}: ${description}`, { violations: [{ field, description }] });
  }
}
