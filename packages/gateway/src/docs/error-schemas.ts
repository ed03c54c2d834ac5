import { REASONS } from "@berth/protocol";
import { anyObject, choice, described, integer, list, object, text } from "./json-schema.ts";
import type { JsonSchema } from "./json-schema.ts";

export type ErrorSchemaName = "Problem" | "RegistryErrors" | "RpcStatus" | "StatusError" | "V03Error" | "JsonRpcError";

const DETAILS: JsonSchema = described("google.rpc error details; ErrorInfo carries the reason.", list(anyObject));

/** One error in the forms of the protocols it may come in. */
export const ERROR_SCHEMAS: Readonly<Record<ErrorSchemaName, JsonSchema>> = {
  Problem: described("RFC 9457 problem details.", {
    ...object({
      type: text,
      title: text,
      status: integer,
      detail: text,
      reason: choice(...Object.keys(REASONS)),
      "hint?": text,
      "violations?": list(object({ field: text, description: text })),
      requestId: text,
    }),
  }),
  RegistryErrors: described("OCI distribution specification 1.1, error codes.", {
    ...object({ errors: list(object({ code: text, message: text, detail: anyObject })) }),
  }),
  RpcStatus: described("google.rpc.Status.", object({ code: integer, message: text, "details?": DETAILS })),
  StatusError: described("google.rpc.Status (A2A 1.0.1 §11.6).", {
    ...object({ error: object({ code: integer, status: text, message: text, details: DETAILS }) }),
  }),
  V03Error: object({ code: integer, message: text, data: DETAILS }),
  JsonRpcError: object({
    jsonrpc: { const: "2.0" },
    id: { type: ["string", "integer", "null"] },
    error: object({ code: integer, message: text, "data?": {} }),
  }),
};
