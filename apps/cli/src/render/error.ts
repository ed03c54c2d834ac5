import { isPlatformError } from "@berth/protocol";
import type { PlatformError } from "@berth/protocol";
import { ConnectionError } from "@berth/sdk/client";
import { UsageError } from "../args/usage-error.ts";
import { printable } from "./printable.ts";

export interface ErrorReport {
  readonly reason: string;
  readonly message: string;
  /** What to do next; "" when there is nothing to say. */
  readonly hint: string;
}

export function reportError(error: unknown): ErrorReport {
  if (error instanceof UsageError) return { reason: "USAGE", message: error.message, hint: error.hint };
  if (error instanceof ConnectionError) {
    const hint = "Start the platform with `a2a up`, or name another one with --url or BERTH_URL.";
    return { reason: "UNREACHABLE", message: error.message, hint };
  }
  if (isPlatformError(error)) return { reason: error.reason, message: messageOf(error), hint: hintOf(error) };
  return {
    reason: "INTERNAL",
    message: error instanceof Error ? error.message : String(error),
    hint: "This is a bug in a2a; please report it with the lines above.",
  };
}

/** One paragraph: what, why, what next. */
export function errorText({ message, hint }: ErrorReport): string {
  const sentence = /[.!?]$/.test(message) ? message : `${message}.`;
  return printable(hint === "" ? sentence : `${sentence} ${hint}`);
}

function messageOf({ message, violations }: PlatformError): string {
  // The message names the first field; people want all of them at once.
  const more = violations.slice(1, 10).map(({ field, description }) => `${field}: ${description}`);
  return more.length === 0 ? message : `${message} Also: ${more.join("; ")}.`;
}

function hintOf({ reason, hint }: PlatformError): string {
  // The platform's own advice is about HTTP headers.
  if (reason === "UNAUTHENTICATED") {
    return "Give a key with --token or BERTH_TOKEN, sign in with `a2a login`, or run this where `a2a up` saved a key (BERTH_HOME).";
  }
  if (hint !== undefined) return hint;
  switch (reason) {
    case "PERMISSION_DENIED":
      return "Use a key with the scope for it: `a2a keys create NAME --scope SCOPE` makes one.";
    case "AGENT_NOT_FOUND":
      return "`a2a agents list` shows the agents there are.";
    case "SKILL_NOT_FOUND":
      return "`a2a agents show AGENT` shows its skills.";
    case "TASK_NOT_FOUND":
      return "`a2a tasks list` shows the tasks there are.";
    case "RECEIPT_NOT_FOUND":
      return "`a2a receipts list` shows the receipts there are.";
    case "KEY_NOT_FOUND":
      return "`a2a keys list` shows the keys there are.";
    default:
      return "";
  }
}
