import { PlatformError, isPlatformError } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import type { InstanceExit, ReleaseSpec } from "../sandbox-driver.ts";

/** A2A 1.0.1 §5.4, and the codes of JSON-RPC 2.0 §5.1. */
const REASON_OF_CODE: Readonly<Record<number, string>> = {
  [-32001]: "TASK_NOT_FOUND",
  [-32002]: "TASK_NOT_CANCELABLE",
  [-32003]: "PUSH_NOTIFICATION_NOT_SUPPORTED",
  [-32004]: "UNSUPPORTED_OPERATION",
  [-32005]: "CONTENT_TYPE_NOT_SUPPORTED",
  [-32006]: "INVALID_AGENT_RESPONSE",
  [-32007]: "EXTENDED_AGENT_CARD_NOT_CONFIGURED",
  [-32008]: "EXTENSION_SUPPORT_REQUIRED",
  [-32009]: "VERSION_NOT_SUPPORTED",
  [-32700]: "PARSE_ERROR",
  [-32600]: "INVALID_REQUEST",
  [-32601]: "METHOD_NOT_FOUND",
  [-32602]: "INVALID_PARAMS",
  [-32603]: "INTERNAL",
};
const MAX_MESSAGE = 2_000;

/** An agent's own error: `{code, message, data?}` of JSON-RPC or `{code, status, message, details?}` of google.rpc. */
export function agentError(error: unknown, httpStatus?: number): PlatformError {
  const { code, message, data, details } = isObject(error) ? error : {};
  const said = typeof message === "string" && message !== "" ? message.slice(0, MAX_MESSAGE) : undefined;
  const reason = errorInfoReason(data) ?? errorInfoReason(details) ?? reasonOfCode(code);
  const metadata: Record<string, string> = {};
  if (typeof code === "number" || typeof code === "string") metadata["agentCode"] = String(code);
  if (reason !== undefined) metadata["agentReason"] = reason;
  if (httpStatus !== undefined) metadata["agentStatus"] = String(httpStatus);
  const text = said ?? (httpStatus === undefined ? "no message" : `HTTP ${httpStatus}`);
  return new PlatformError("AGENT_ERROR", `The agent answered with an error: ${text}`, { metadata });
}

export function isTaskNotFound(error: unknown): boolean {
  if (!isPlatformError(error)) return false;
  return error.reason === "AGENT_ERROR" && error.metadata["agentReason"] === "TASK_NOT_FOUND";
}

/** A task is continued, but the instance that kept it in memory is not there any more. */
export function taskLost(cause: PlatformError): PlatformError {
  const message = "The agent does not know this task any more: the instance that held it is gone.";
  return new PlatformError("AGENT_ERROR", message, {
    cause,
    metadata: cause.metadata,
    hint: "Start a new task. An agent that must survive restarts has to keep its tasks outside its memory.",
  });
}

/** Why an instance that went away took its calls with it. The last output is for logs: it may hold what callers must not see. */
export function exitError(spec: ReleaseSpec, exit: InstanceExit): PlatformError {
  const { reason, exitCode, signal, lastOutput } = exit;
  const metadata: JsonObject = {
    ...(exitCode === null ? {} : { exitCode: String(exitCode) }),
    ...(signal === null ? {} : { signal }),
  };
  const internal = `last output:\n${lastOutput}`;
  const hint = `See its last lines: a2a logs ${spec.agentName}`;
  const name = `Agent "${spec.agentName}"`;
  if (reason === "STOPPED") {
    return new PlatformError("SHUTTING_DOWN", `${name} was stopped before it answered.`, { internal, metadata });
  }
  if (reason === "AGENT_OUT_OF_MEMORY") {
    const message = `${name} ran out of memory: its limit is ${spec.limits.memoryMb} MiB.`;
    return new PlatformError(reason, message, {
      internal,
      metadata,
      hint: `Raise resources.memoryMb in its berth.json. ${hint}`,
    });
  }
  const how = signal === null ? `exit code ${exitCode ?? "unknown"}` : `signal ${signal}`;
  return new PlatformError(reason, `${name} crashed during the call (${how}).`, { internal, metadata, hint });
}

export function unresponsive(spec: ReleaseSpec, what: string, cause?: unknown): PlatformError {
  return new PlatformError("AGENT_UNRESPONSIVE", `Agent "${spec.agentName}" ${what}.`, {
    cause,
    hint: `See its last lines: a2a logs ${spec.agentName}`,
  });
}

/** What the agent sent does not fit; names the field where the validator knows it. */
export function invalidResponse(problem: unknown, what = "The agent's answer is not valid A2A"): PlatformError {
  if (isPlatformError(problem)) {
    if (problem.reason === "INVALID_AGENT_RESPONSE") return problem;
    const { violations } = problem;
    return new PlatformError("INVALID_AGENT_RESPONSE", `${what}: ${problem.message}`, { cause: problem, violations });
  }
  const detail = problem instanceof Error ? problem.message : String(problem);
  return new PlatformError("INVALID_AGENT_RESPONSE", `${what}: ${detail}`, { cause: problem });
}

export function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function reasonOfCode(code: unknown): string | undefined {
  return typeof code === "number" ? REASON_OF_CODE[code] : undefined;
}

function errorInfoReason(details: unknown): string | undefined {
  if (!Array.isArray(details)) return undefined;
  for (const detail of details) {
    if (isObject(detail) && typeof detail["reason"] === "string") return detail["reason"].slice(0, 100);
  }
  return undefined;
}
