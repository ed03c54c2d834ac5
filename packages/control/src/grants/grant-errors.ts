import { PlatformError } from "@berth/protocol";
import type { GrantOperation } from "./grants.ts";

/** One message for whatever is wrong with it; only logs hear what. */
export function grantInvalid(internal: string): PlatformError {
  return new PlatformError("GRANT_INVALID", "The grant is not valid here.", { internal });
}

export function grantRequired(): PlatformError {
  return new PlatformError("GRANT_REQUIRED", "This needs the run's grant.");
}

export function grantExpired(): PlatformError {
  return new PlatformError("GRANT_EXPIRED", "The grant has expired.", { hint: "Ask for the run's current grant." });
}

export function grantRevoked(): PlatformError {
  return new PlatformError("GRANT_REVOKED", "The grant was revoked, or another one is in its place.", {
    hint: "Ask for the run's current grant.",
  });
}

export function grantExceeded({ op, path }: GrantOperation): PlatformError {
  return new PlatformError("GRANT_EXCEEDED", `The grant of this run does not allow it to ${op} "${path}".`, {
    hint: "Ask for it with ctx.requestScope.",
  });
}

export function grantNotFound(): PlatformError {
  return new PlatformError("GRANT_NOT_FOUND", "There is no grant with this id here.");
}
