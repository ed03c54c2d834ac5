import type { JsonObject, JsonValue } from "@berth/protocol";
import { ServiceError } from "../context.ts";

declare global {
  /** Given by the module around the engine: `agent.host_call` of docs/reference/wasm.md. Waits; nothing else of the run goes on meanwhile. */
  // oxlint-disable-next-line no-var -- a global is declared so
  var __host: (op: string, json: string) => string;
}

/** One operation of the platform. @throws ServiceError with the platform's reason */
export function askHost(op: string, input: JsonObject): JsonValue {
  // Both sides of it are ours: `{"ok"}` or `{"error": {"reason", "message"}}`.
  const answer = JSON.parse(globalThis.__host(op, JSON.stringify(input))) as {
    readonly ok?: JsonValue;
    readonly error?: { readonly reason: string; readonly message: string };
  };
  if (answer.error !== undefined) throw new ServiceError(answer.error.reason, answer.error.message);
  return answer.ok ?? null;
}

/** The same for operations that answer with an object. */
export function askForObject(op: string, input: JsonObject): JsonObject {
  const answer = askHost(op, input);
  // Not a list: an object.
  if (typeof answer === "object" && answer !== null && !Array.isArray(answer)) return answer as JsonObject;
  throw new ServiceError("INTERNAL", `The platform's answer to ${op} is not an object.`);
}
