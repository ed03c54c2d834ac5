import { PlatformError } from "@berth/protocol";

/** The caller's own error where it gave one, else CANCELED. */
export function abortError(signal: AbortSignal | undefined): PlatformError {
  const reason: unknown = signal?.reason;
  if (reason instanceof PlatformError) return reason;
  return new PlatformError("CANCELED", "The call was canceled.", { cause: reason });
}
