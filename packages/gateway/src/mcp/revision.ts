/** No handshake: every request says who it is. */
export const MODERN_REVISION = "2026-07-28";

/** With `initialize`, newest first. */
export const LEGACY_REVISIONS = ["2025-11-25", "2025-06-18", "2025-03-26"] as const;

export const REVISIONS: readonly string[] = [MODERN_REVISION, ...LEGACY_REVISIONS];

export type Era = "modern" | "legacy";

export const Meta = {
  ProtocolVersion: "io.modelcontextprotocol/protocolVersion",
  ClientCapabilities: "io.modelcontextprotocol/clientCapabilities",
  ServerInfo: "io.modelcontextprotocol/serverInfo",
  LogLevel: "io.modelcontextprotocol/logLevel",
  SubscriptionId: "io.modelcontextprotocol/subscriptionId",
} as const;

/** SEP-2663. */
export const TASKS_EXTENSION = "io.modelcontextprotocol/tasks";

export function isLegacyRevision(text: string): boolean {
  return LEGACY_REVISIONS.some((revision) => revision === text);
}
