import { PlatformError } from "@berth/protocol";

export function storeClosed(): PlatformError {
  return new PlatformError("STORE_UNAVAILABLE", "The store is closed.", { retryable: false });
}
