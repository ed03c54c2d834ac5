import { ErrorStatus, isPlatformError } from "@berth/protocol";
import { UsageError } from "./args/usage-error.ts";

/** Scripts are written against these (design §11). */
export const ExitCode = {
  Done: 0,
  Failed: 1,
  Usage: 2,
  NotAllowed: 3,
  NotFound: 4,
  TimedOut: 5,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return ExitCode.Usage;
  if (!isPlatformError(error)) return ExitCode.Failed;
  switch (error.status) {
    case ErrorStatus.Unauthenticated:
    case ErrorStatus.PermissionDenied:
      return ExitCode.NotAllowed;
    case ErrorStatus.NotFound:
      return ExitCode.NotFound;
    case ErrorStatus.DeadlineExceeded:
      return ExitCode.TimedOut;
    default:
      return ExitCode.Failed;
  }
}
