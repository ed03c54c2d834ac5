import { PlatformError } from "@berth/protocol";

export function layerTooLarge(maxBytes: number): PlatformError {
  return new PlatformError("REQUEST_TOO_LARGE", `This is larger than ${maxBytes} bytes.`);
}

export function layerMismatch(wanted: string, found: string): PlatformError {
  return new PlatformError("CONTENT_MISMATCH", `These bytes have the digest ${found}, not ${wanted}.`);
}

export function layerDamaged(digest: string, internal: string): PlatformError {
  return new PlatformError("STORE_UNAVAILABLE", `The bytes of ${digest} are damaged.`, {
    retryable: false,
    internal,
    hint: "Restore the file from a backup, or push the same image again.",
  });
}

export function uploadElsewhere(offset: number, size: number): PlatformError {
  return new PlatformError("CONTENT_MISMATCH", `The upload has ${size} bytes, so it does not go on at ${offset}.`, {
    metadata: { size: String(size) },
  });
}

export function uploadBusy(size: number): PlatformError {
  return new PlatformError("CONTENT_MISMATCH", "Another piece of this upload is arriving.", {
    metadata: { size: String(size) },
  });
}

export function uploadUnknown(): PlatformError {
  return new PlatformError("IMAGE_NOT_FOUND", "There is no such upload.");
}

export function writeCanceled(cause?: unknown): PlatformError {
  return new PlatformError("CANCELED", "The bytes broke off before they were complete.", { cause });
}
