import { LOG_LEVELS, PlatformError, toLogLevel } from "@berth/protocol";
import type { LogEntry, LogLevel } from "@berth/protocol";
import type { McpCall } from "./mcp-call.ts";
import { sessionKeyOf } from "./session.ts";

/** `logging/setLevel`. @throws INVALID_PARAMS, also without a session. */
export async function setLogLevel(call: McpCall): Promise<object> {
  const level = toLogLevel(call.request.params["level"]);
  if (level === undefined)
    throw new PlatformError("INVALID_PARAMS", `"level" must be one of: ${LOG_LEVELS.join(", ")}.`);
  call.notes.setLogLevel(sessionKeyOf(call), level);
  return await Promise.resolve({});
}

/** An entry of the agent's log, to a caller who wants to hear entries as severe as this one. */
export async function tellLog({ request, answer }: McpCall, logger: string, { level, data }: LogEntry): Promise<void> {
  if (request.logLevel === undefined || severityOf(level) < severityOf(request.logLevel)) return;
  await answer.notify("notifications/message", { level, logger, data });
}

function severityOf(level: LogLevel): number {
  return LOG_LEVELS.indexOf(level);
}
