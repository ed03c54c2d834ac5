import { PlatformError } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";

/** Codes that MCP defines itself (2026-07-28, basic/index#error-codes). */
export const McpCode = {
  InvalidParams: -32602,
  HeaderMismatch: -32020,
  MissingClientCapability: -32021,
  UnsupportedVersion: -32022,
} as const;
export type McpCode = (typeof McpCode)[keyof typeof McpCode];

/** A request that MCP refuses with a code and data of its own. To the rest of the platform it is an invalid request. */
export class McpError extends PlatformError {
  readonly code: McpCode;
  readonly data: JsonObject | undefined;
  readonly httpStatus: 200 | 400 | 404;

  constructor(
    code: McpCode,
    message: string,
    options: { readonly data?: JsonObject; readonly httpStatus?: 200 | 404 } = {},
  ) {
    super("INVALID_REQUEST", message);
    this.code = code;
    this.data = options.data;
    this.httpStatus = options.httpStatus ?? 400;
  }
}

export function missingCapability(required: JsonObject): McpError {
  const names = Object.keys(required).join(", ");
  return new McpError(McpCode.MissingClientCapability, `This needs a client with the capability: ${names}.`, {
    data: { requiredCapabilities: required },
  });
}
