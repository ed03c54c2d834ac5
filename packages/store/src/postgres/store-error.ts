import { PlatformError, isPlatformError } from "@berth/protocol";
import { DatabaseError } from "pg";

/** SQLSTATE, as far as we decide on it. */
export const SqlState = {
  UniqueViolation: "23505",
  SerializationFailure: "40001",
  DeadlockDetected: "40P01",
  CheckViolation: "23514",
  LockNotAvailable: "55P03",
  QueryCanceled: "57014",
  UndefinedTable: "42P01",
} as const;

/** Classes and codes that mean "not now" and say nothing about the statement. */
const UNAVAILABLE = /^(08|53|57P|58|25006|57014|55P03|40001|40P01|25P0[34]|XX001|XX002)/;
/** Codes of a disk that is full or fails: nothing was written, and what was acknowledged is still there. */
const DISK: ReadonlyMap<string, { readonly message: string; readonly hint: string }> = new Map([
  [
    "53100",
    {
      message: "The disk of the database is full.",
      hint: "Make room on it; the platform goes on by itself. Nothing that was acknowledged is lost.",
    },
  ],
  [
    "58030",
    {
      message: "The disk of the database cannot be read or written.",
      hint: "Look at the system's log and mend the disk, then restart the platform. Nothing of this call was written.",
    },
  ],
]);
const RETRY = "Try again in a moment. If it stays so, look at the log of the database: GET /v1/doctor shows how it is.";

/** Classes that mean "not with these credentials, not this database": trying again does not help. */
const REFUSED = /^(28|3D|42501)/;

/** What the database or the connection threw, as a PlatformError with the original as its cause. */
export function toStoreError(error: unknown): PlatformError {
  if (isPlatformError(error)) return error;
  if (!(error instanceof DatabaseError)) {
    // The driver has no class for its own errors: lost connections, timeouts and refused sockets are plain ones.
    return new PlatformError("STORE_UNAVAILABLE", "The database cannot be reached.", { cause: error, hint: RETRY });
  }
  const code = error.code ?? "";
  const internal = `SQLSTATE ${code}: ${error.message}`;
  if (REFUSED.test(code)) {
    return new PlatformError("STORE_UNAVAILABLE", "The database refuses this connection.", {
      cause: error,
      internal,
      retryable: false,
      hint: "Check user, password, database and privileges in the database URL.",
    });
  }
  const disk = DISK.get(code);
  if (disk !== undefined) {
    return new PlatformError("STORE_UNAVAILABLE", disk.message, { cause: error, internal, hint: disk.hint });
  }
  if (UNAVAILABLE.test(code)) {
    const message = "The database cannot answer now.";
    return new PlatformError("STORE_UNAVAILABLE", message, { cause: error, internal, hint: RETRY });
  }
  return new PlatformError("INTERNAL", "The database refused a statement.", { cause: error, internal });
}

export function sqlStateOf(error: unknown): string | undefined {
  const origin = isPlatformError(error) ? error.cause : error;
  return origin instanceof DatabaseError ? origin.code : undefined;
}
