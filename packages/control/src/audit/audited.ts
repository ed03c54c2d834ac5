import { isPlatformError } from "@berth/protocol";
import type { NewAuditEntry, Store } from "@berth/store";

/**
 * Writes down, then does: what cannot be written down does not happen. When the act fails after all, a second entry
 * says so; a log that claims too much is corrected, one that misses an act cannot be.
 */
export async function audited<T>(
  audit: Pick<Store["audit"], "append">,
  entry: NewAuditEntry,
  act: () => Promise<T>,
): Promise<T> {
  await audit.append(entry);
  try {
    return await act();
  } catch (error) {
    const why = isPlatformError(error) ? error.reason : "INTERNAL";
    // The act did not happen either way, and its own error is what the caller has to hear.
    await audit.append({ ...entry, outcome: "failed", detail: { ...entry.detail, why } }).catch(() => undefined);
    throw error;
  }
}
